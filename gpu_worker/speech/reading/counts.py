"""Plain numbers, fractions, ranges and signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading.amounts import NUMBER, counted, counted_noun, digits_of, leading
from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.numbers import (
    cardinal,
    decimal,
    form,
    number_or_year,
    year,
)
from gpu_worker.speech.reading.rule import Rule

_AND: Final = {"en": "and", "es": "y", "fr": "et", "it": "e", "pt_BR": "e"}
_AND_A_HALF: Final = {
    **{"en": "a half", "es": "medio", "fr": "demi"},
    **{"it": "mezzo", "pt_BR": "meio", "de": "einhalb"},
    **{"ru": "с половиной", "ar": "ونصف", "hi": "और आधा", "th": "ครึ่ง"},
}
_VULGAR: Final = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}


def plain_numbers(language: Language) -> Iterator[Rule]:
    yield from _fractions(language)
    if language.numbers == "en":
        yield re.compile(r"(?<!\w)(?:'|’)?(\d{2,4})s(?!\w)"), lambda m: _decade(m[1], language)
        yield (
            re.compile(r"\b(?:[Vv]ersion )?v(\d{1,3})\.(\d{1,3})\b"),
            lambda m: f"version {cardinal(m[1], language)} point {cardinal(m[2], language)}",
        )
    yield (
        re.compile(r"(?<![\w.,-])(\d{1,4})\s?[–-]\s?(\d{1,4})(?![\w-])"),
        lambda m: f" {language.to} ".join(number_or_year(end, language) for end in m.groups()),
    )
    yield from _counts(language)


def _fractions(language: Language) -> Iterator[Rule]:
    def mixed(match: re.Match[str]) -> str:
        part = language.fractions.get(_VULGAR[match[2]], "")
        if not match[1]:
            return part or match[0]
        if match[2] == "½":
            part = _AND_A_HALF[language.numbers]
        joint = _AND.get(language.numbers, "")
        return " ".join(f"{cardinal(match[1], language)} {joint} {part}".split())

    yield (
        re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"),
        lambda m: language.fractions.get(m[0], m[0]),
    )
    yield re.compile(rf"(?<!\w)(\d{{0,6}})([{''.join(_VULGAR)}])"), mixed


def _counts(language: Language) -> Iterator[Rule]:
    point = re.escape(language.point)
    large = "|".join(map(re.escape, sorted(language.magnitudes, key=len, reverse=True)))

    def count(match: re.Match[str]) -> str:
        forms = language.magnitudes[match[2]]
        if language.numbers == "ar":
            return counted_noun(match[1], forms, language)
        count = counted(match[1], language, forms[0])
        return f"{leading(count, language)} {form(match[1], forms)}"

    def number(match: re.Match[str]) -> str:
        minus = f"{language.minus} " if match["minus"] else ""
        digits = digits_of(match["n"])
        if match["d"]:
            return minus + decimal(digits, match["d"], language)
        return minus + (number_or_year if match["n"] == digits else cardinal)(digits, language)

    yield re.compile(rf"(?<![\w.,])(\d{{1,4}})\s?({large})(?!\w)"), count
    yield (
        re.compile(
            rf"(?<![\w.,])(?P<minus>[-−](?=\d))?(?P<n>{NUMBER})(?:{point}(?P<d>\d{{1,12}}))?"
        ),
        number,
    )
    yield re.compile(r"\d{1,24}"), lambda m: f" {cardinal(m[0], language)} "


def _decade(digits: str, language: Language) -> str:
    number = int(digits)
    said = year(number, language) if len(digits) == 4 else cardinal(digits, language)
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def signs(language: Language) -> Iterator[Rule]:
    for sign in "&+=%§":
        yield re.compile(re.escape(sign)), lambda _, s=sign: f" {language.signs[s]} "  # type: ignore[misc]
    yield re.compile(r"(?<=\w)/(?=\w)"), lambda _: " "
    yield re.compile(r"[_*~^|<>#\\]+"), lambda _: " "
