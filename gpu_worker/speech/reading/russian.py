"""Russian dates, times and places in a row, whose endings follow the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gpu_worker.speech.reading.numbers import form, roman
from gpu_worker.speech.reading.rule import Rule

MONTHS: Final = (
    *("января", "февраля", "марта", "апреля", "мая", "июня", "июля"),
    *("августа", "сентября", "октября", "ноября", "декабря"),
)


class _Form(NamedTuple):
    """Case, gender and number of an ordinal, by the letters of `num2words`."""

    case: str = "n"
    gender: str = "m"
    plural: bool = False


_ENDS: Final = {
    "й": _Form(),
    "ый": _Form(),
    "ой": _Form(),
    "я": _Form(gender="f"),
    "ая": _Form(gender="f"),
    "е": _Form(gender="n"),
    "ое": _Form(gender="n"),
    "го": _Form("g"),
    "ого": _Form("g"),
    "му": _Form("d"),
    "ому": _Form("d"),
    "м": _Form("p"),
    "ом": _Form("p"),
    "ю": _Form("a", "f"),
    "ую": _Form("a", "f"),
    "х": _Form("g", plural=True),
    "ых": _Form("g", plural=True),
}
_YEARS: Final = {
    "год": _Form(),
    "года": _Form("g"),
    "году": _Form("p"),
    "годом": _Form("i"),
    "годы": _Form(plural=True),
    "годов": _Form("g", plural=True),
    "годах": _Form("p", plural=True),
}
_CENTURIES: Final = {
    "век": _Form(),
    "века": _Form("g"),
    "веке": _Form("p"),
    "веку": _Form("d"),
    "веком": _Form("i"),
}
_RULERS: Final = {
    **dict.fromkeys(("Пётр", "Петр", "Павел", "Иван", "Николай", "Александр", "Карл"), _Form()),
    **dict.fromkeys(("Людовик", "Генрих", "Георг", "Наполеон", "Вильгельм", "Фридрих"), _Form()),
    **dict.fromkeys(("Екатерина", "Елизавета", "Анна", "Мария"), _Form(gender="f")),
    **dict.fromkeys(("Петра", "Павла", "Ивана", "Николая", "Александра", "Карла"), _Form("g")),
    **dict.fromkeys(("Людовика", "Генриха", "Георга", "Наполеона"), _Form("g")),
    **dict.fromkeys(("Екатерины", "Елизаветы", "Анны", "Марии"), _Form("g", "f")),
}
_NO_NOUNS: Final = ("или", "они", "эти", "если", "при", "мы", "вы")
_YEAR_MARK: Final = r"(?:\s(?:года\b|г\.(?=\s*[а-яё,;])|г(?=\.)))?"
"""What may follow the year of a date, which is said in any case."""


def endings() -> Iterator[Rule]:
    """Return the rules that take the place of those of other languages."""
    months = "|".join(MONTHS)
    yield (
        re.compile(rf"(?<![\w.,])(\d{{1,2}})(?:-?го)?\s({months})\b(?:\s(\d{{4}})\b{_YEAR_MARK})?"),
        lambda m: _date(m, m[1], 1 + MONTHS.index(m[2]), m[3]),
    )
    yield (
        re.compile(
            rf"(?<![\w/.-])(\d{{1,2}})[/.](\d{{1,2}})[/.](\d{{4}})(?![\w/]|\.\d){_YEAR_MARK}"
        ),
        lambda m: _date(m, m[1], int(m[2]), m[3]),
    )
    yield (
        re.compile(r"(?<![\w/-])(\d{4})-(\d{2})-(\d{2})(?![\w-])"),
        lambda m: _date(m, m[3], int(m[2]), m[1]),
    )
    yield (
        re.compile(rf"(?<![\w.,-])(\d{{4}})\s({'|'.join(_YEARS)})\b"),
        lambda m: f"{_ordinal(int(m[1]), _year_form(m))} {m[2]}",
    )
    yield re.compile(r"(?<![\w.,-])(\d{4})\sг\.?(?!\w)"), _short_year
    yield (
        re.compile(rf"(?<![\w.,])(\d{{1,4}})-?({'|'.join(_ENDS)})\b"),
        lambda m: _ordinal(int(m[1]), _end_form(m)),
    )
    yield re.compile(r"(?<![\w:.,])(\d{1,2}):(\d{2})(?::\d{2})?(?![\w:])"), _time
    yield re.compile(r"(?<![\w.,])(\d{1,4})(?=\s([а-яё]{2,30})\b)"), _count
    yield (
        re.compile(rf"\b([IVX]{{1,6}})\s({'|'.join(_CENTURIES)})\b"),
        lambda m: f"{_ordinal(roman(m[1]), _CENTURIES[m[2]])} {m[2]}" if roman(m[1]) else m[0],
    )
    yield (
        re.compile(rf"\b({'|'.join(_RULERS)})\s([IVX]{{1,6}})\b"),
        lambda m: f"{m[1]} {_ordinal(roman(m[2]), _RULERS[m[1]])}" if roman(m[2]) else m[0],
    )


def _date(match: re.Match[str], day: str, month: int, year: str | None) -> str:
    if not (1 <= month <= 12 and 1 <= int(day) <= 31):
        return match[0]
    said = f"{_ordinal(int(day), _Form('g', 'n'))} {MONTHS[month - 1]}"
    return f"{said} {_ordinal(int(year), _Form('g'))} года" if year else said


def _year_form(match: re.Match[str]) -> _Form:
    """Return the form of a year; "к ... году" has another one than "в ... году"."""
    if match[2] == "году" and _before(match) in ("к", "по"):
        return _Form("d")
    return _YEARS[match[2]]


def _short_year(match: re.Match[str]) -> str:
    """Read "2026 г.", whose case the preposition tells; its full stop may end the sentence."""
    noun, asked = {
        **dict.fromkeys(("в", "о"), ("году", _Form("p"))),
        **dict.fromkeys(("к",), ("году", _Form("d"))),
        **dict.fromkeys(("с", "от", "до", "после", "около"), ("года", _Form("g"))),
    }.get(_before(match), ("год", _Form()))
    ends = not match.string[match.end() :].strip() and match[0].endswith(".")
    return f"{_ordinal(int(match[1]), asked)} {noun}{'.' if ends else ''}"


def _time(match: re.Match[str]) -> str:
    hours, minutes = int(match[1]), int(match[2])
    if hours > 24 or minutes > 59:
        return match[0]
    if not minutes:
        return f"{_cardinal(hours)} {form(str(hours), ('час', 'часа', 'часов'))}"
    return f"{_cardinal(hours)} {'ноль ' if minutes < 10 else ''}{_cardinal(minutes)}"


def _count(match: re.Match[str]) -> str:
    """Read 1 or 2 in the gender of the noun after it, which its ending shows."""
    number, noun = int(match[1]), match[2]
    if number % 100 in (11, 12) or noun in _NO_NOUNS:
        return match[0]
    genders = {1: {"а": "f", "я": "f", "о": "n", "е": "n"}, 2: {"ы": "f", "и": "f"}}
    gender = genders.get(number % 10, {}).get(noun[-1])
    return _cardinal(number, gender) if gender else match[0]


def _end_form(match: re.Match[str]) -> _Form:
    """Return the form of "90-е", which is a decade, or of "3-е", which is one thing."""
    if match[2] == "е" and match[1].endswith("0"):
        return _Form(plural=True)
    return _ENDS[match[2]]


def _before(match: re.Match[str]) -> str:
    """Return the word in front of a match."""
    words = match.string[max(match.start() - 10, 0) : match.start()].split()
    return words[-1].lower() if words else ""


def _cardinal(number: int, gender: str = "m") -> str:
    from num2words import num2words

    return str(num2words(number, lang="ru", gender=gender))


def _ordinal(number: int, asked: _Form) -> str:
    from num2words import num2words

    return str(num2words(number, lang="ru", to="ordinal", **asked._asdict()))
