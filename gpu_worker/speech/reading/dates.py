"""Dates and times of day in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gpu_worker.speech.reading import arabic, hindi, thai
from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.numbers import cardinal, ordinal, year

_MONTH_FIRST: Final = ("en", "en-us")
"""Tags of those who write the month first."""
_GERMAN_DATIVE: Final = re.compile(r"\b(?:am|vom|zum|dem|beim|im|den|ab)\s$", re.I)

_GERMAN_ARTICLE: Final = re.compile(r"\b(?:der|die|das)\s$", re.I)

_OWN_DATES: Final = {"ar": arabic.date, "hi": hindi.date, "th": thai.date}
_OWN_TIMES: Final = {"ar": arabic.time, "hi": hindi.time, "th": thai.time}


def date_rules(
    language: Language, tag: str
) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    """Return the rules of dates, then those of times."""
    months = "|".join(language.months)

    def numeric(match: re.Match[str]) -> str:
        first, second = int(match[1]), int(match[2])
        month_first = tag.lower() in _MONTH_FIRST and "/" in match[0] and first <= 12
        day, month = (second, first) if month_first else (first, second)
        if month > 12 >= day:
            day, month = month, day
        return _date(match, day, month, match[3], language)

    def iso(match: re.Match[str]) -> str:
        return _date(match, int(match[3]), int(match[2]), match[1], language)

    def named(match: re.Match[str]) -> str:
        month = 1 + language.months.index(match["month"])
        return _date(match, int(match["day"]), month, match["year"] or "", language)

    yield re.compile(r"(?<![\w/.-])(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})(?![\w/]|\.\d)"), numeric
    yield re.compile(r"(?<![\w/-])(\d{4})-(\d{2})-(\d{2})(?![\w-])"), iso
    if language.numbers == "en":
        yield (
            re.compile(
                rf"\b(?P<month>{months})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
                r"(?:,?\s(?P<year>\d{4})\b)?"
            ),
            named,
        )
        yield (
            re.compile(
                rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<month>{months})\b"
                r"(?:,?\s(?P<year>\d{4})\b)?"
            ),
            lambda m: f"the {_date_of(m, language)}",
        )
    else:
        of = r"(?:\sde)?" if language.numbers in ("es", "pt_BR") else ""
        mark = r"\.?" if language.numbers == "de" else r"(?:er|º|°)?"
        yield (
            re.compile(
                rf"(?<![\w.,])(?P<day>\d{{1,2}}){mark}{of}\s(?P<month>{months})(?!\w)"
                rf"(?:{of}\s(?P<year>\d{{4}})\b)?"
            ),
            named,
        )
    yield from _times(language)


def _date_of(match: re.Match[str], language: Language) -> str:
    day, month = int(match["day"]), match["month"]
    said = f"{ordinal(day, language)} of {month}"
    return f"{said} {year(int(match['year']), language)}" if match["year"] else said


def _date(match: re.Match[str], day: int, month: int, written: str, language: Language) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    name = language.months[month - 1]
    full = f"20{written}" if len(written) == 2 else written
    if language.numbers in _OWN_DATES:
        return _OWN_DATES[language.numbers](day, name, int(full) if full else None)
    when = year(int(full), language) if full else ""
    match language.numbers:
        case "en":
            said = f"{name} {ordinal(day, language)}"
            return f"{said}, {when}" if when else said
        case "de":
            end = german_end(match, alone="r")
            return " ".join(f"{ordinal(day, language)}{end} {name} {when}".split())
        case "es" | "pt_BR":
            first = "primeiro" if language.numbers == "pt_BR" and day == 1 else ""
            said = f"{first or cardinal(str(day), language)} de {name}"
            return f"{said} de {when}" if when else said
        case _:
            one = "premier" if language.numbers == "fr" else "primo"
            first = one if day == 1 else cardinal(str(day), language)
            return " ".join(f"{first} {name} {when}".split())


def german_end(match: re.Match[str], alone: str = "") -> str:
    """Return the end of a German ordinal number after the word in front of it."""
    before = match.string[max(match.start() - 6, 0) : match.start()]
    if _GERMAN_DATIVE.search(before):
        return "n"
    return "" if _GERMAN_ARTICLE.search(before) else alone


def _times(
    language: Language,
) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    def clock(match: re.Match[str]) -> str:
        hours, minutes = int(match["h"]), int(match["min"] or 0)
        if hours > 24 or minutes > 59:
            return match[0]
        if language.numbers in _OWN_TIMES:
            return _OWN_TIMES[language.numbers](hours, minutes)
        return _time(hours, minutes, (match["ap"] or "").lower(), language)

    mark = {"fr": r"\s?h\s?|:", "pt_BR": r"h|:", "es": r":|\.(?=\d\dh)"}.get(language.numbers, ":")
    after = {
        "de": r"(?P<ap>\sUhr)?",
        "en": r"(?:\s?(?P<ap>[ap])\.?m\b\.?)?",
        "hi": r"(?P<ap>\sबजे)?",
        "th": r"(?P<ap>\s?น\.)?",
    }.get(language.numbers, r"(?P<ap>\s?h\b)?")
    yield (
        re.compile(
            rf"(?<![\w:.,])(?P<h>\d{{1,2}})(?:{mark})(?P<min>\d{{2}})(?::\d{{2}})?{after}(?![\w:])"
        ),
        clock,
    )
    if language.numbers == "en":
        yield re.compile(r"(?<![\w:.,])(?P<h>\d{1,2})(?P<min>)\s?(?P<ap>[ap])m\b"), clock
    if language.numbers == "de":
        yield re.compile(r"(?<![\w:.,])(?P<h>\d{1,2})(?P<min>)(?P<ap>\sUhr)\b"), clock
    if language.numbers in ("fr", "pt_BR", "es"):
        yield re.compile(r"(?<![\w:.,])(?P<h>\d{1,2})(?P<min>)\s?h(?P<ap>)(?![\w/²])"), clock


def _time(hours: int, minutes: int, half: str, language: Language) -> str:
    hour, minute = cardinal(str(hours), language), cardinal(str(minutes), language)
    match language.numbers:
        case "en":
            return _english_time(hours, minutes, half, hour, minute)
        case "de":
            hour = "ein" if hours == 1 else hour
            return f"{hour} Uhr {minute}" if minutes else f"{hour} Uhr"
        case "fr":
            hour = "une" if hours == 1 else hour
            said = f"{hour} heure{'s' if hours > 1 else ''}"
            return f"{said} {minute}" if minutes else said
        case "es":
            return f"{hour} y {minute}" if minutes else f"{hour} horas"
        case "pt_BR":
            hour = {1: "uma", 2: "duas"}.get(hours, hour)
            return f"{hour} e {minute}" if minutes else f"{hour} horas"
        case _:
            return f"{hour} e {minute}" if minutes else hour


def _english_time(hours: int, minutes: int, half: str, hour: str, minute: str) -> str:
    after = f" {half} m" if half else ""
    if minutes:
        return f"{hour} {'oh ' if minutes < 10 else ''}{minute}{after}"
    return f"{hour}{after}" if half or hours > 12 or not hours else f"{hour} o'clock"
