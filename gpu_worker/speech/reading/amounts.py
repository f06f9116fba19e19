"""Amounts of money, and measures with their units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading import arabic
from gpu_worker.speech.reading.language import Forms, Language
from gpu_worker.speech.reading.numbers import (
    cardinal,
    decimal,
    form,
)
from gpu_worker.speech.reading.rule import Rule

NUMBER: Final = (
    r"\d{1,2}(?:,\d{2}){1,6},\d{3}(?!\d)|\d{1,3}(?:[.,\u00a0\u202f ]\d{3}){1,5}(?![\d])|\d{1,24}"
)


def money(language: Language) -> Iterator[Rule]:
    names = sorted(language.currencies, key=len, reverse=True)
    signs = "|".join(map(re.escape, names))
    large = "|".join(map(re.escape, sorted(language.magnitudes, key=len, reverse=True)))
    point = re.escape(language.point)
    amount = rf"(?P<n>{NUMBER})(?:{point}(?P<c>\d{{1,2}})(?!\d))?(?:\s?(?P<m>{large})(?!\w))?"

    def amount_of(match: re.Match[str]) -> str:
        unit, cent = language.currencies[match["s"]]
        whole, cents, magnitude = digits_of(match["n"]), match["c"] or "", match["m"]
        if magnitude:
            large_forms = language.magnitudes[magnitude]
            many = large_forms[1] if cents else form(whole, large_forms)
            count = (
                decimal(whole, cents, language)
                if cents
                else counted(whole, language, large_forms[0])
            )
            if language.numbers == "ar":
                said_many = count if cents else arabic.counted(whole, large_forms, feminine=False)
                return f"{said_many} {f'{large_forms[0]} ' if cents else ''}{unit[0]}"
            return f"{leading(count, language)} {many} {_linked(unit[-1], language)}"
        said = counted_noun(whole, unit, language)
        small = (cents + "0")[:2].lstrip("0")
        if not small:
            return said
        said_cents = counted_noun(small, cent, language)
        if whole == "0":
            return said_cents
        joint = language.with_cents if language.numbers == "ar" else f"{language.with_cents} "
        return " ".join(f"{said} {joint}{said_cents}".split())

    yield re.compile(rf"(?<!\w)(?P<s>{signs})\s?{amount}"), amount_of
    yield re.compile(rf"(?<![\w.,]){amount}\s?(?P<s>{signs})(?!\w)"), amount_of


def _linked(currency: str, language: Language) -> str:
    """Put what connects a large number and its currency in front of it."""
    if language.of.endswith("'") and currency[0] not in "aeiouéh":
        return f"de {currency}"
    return f"{language.of}{currency}" if language.of.endswith("'") else f"{language.of} {currency}"


def leading(count: str, language: Language) -> str:
    return "eine" if language.numbers == "de" and count == "ein" else count


def measures(language: Language) -> Iterator[Rule]:
    names = sorted(language.units, key=len, reverse=True)
    units = "|".join(map(re.escape, names))
    point = re.escape(language.point)

    def measure(match: re.Match[str]) -> str:
        forms = language.units[match["u"]]
        minus = f"{language.minus} " if match["minus"] else ""
        whole = digits_of(match["n"])
        if match["d"]:
            several = forms[0] if language.numbers == "ar" else forms[1]
            return f"{minus}{decimal(whole, match['d'], language)} {several}"
        return f"{minus}{counted_noun(whole, forms, language)}"

    yield (
        re.compile(
            rf"(?<![\w.,])(?P<minus>[-−])?(?P<n>{NUMBER})(?:{point}(?P<d>\d{{1,6}}))?"
            rf"[ \u00a0\u202f]?(?P<u>{units})(?![\w²³/])"
        ),
        measure,
    )


def counted_noun(digits: str, forms: Forms, language: Language) -> str:
    """Read a number with the noun that it counts."""
    if language.numbers == "ar" and len(digits) < 16 and (digits == "0" or digits[0] != "0"):
        return arabic.counted(digits, forms, feminine=forms[0] in language.feminine)
    return f"{counted(digits, language, forms[0])} {form(digits, forms)}"


def counted(digits: str, language: Language, noun: str = "") -> str:
    """Read a number in front of a noun."""
    if digits == "1" and language.one:
        return language.one
    said = cardinal(digits, language, feminine=noun in language.feminine)
    if language.numbers == "es" and said.endswith("uno"):
        return f"{said[:-4]}iún" if said.endswith("iuno") else said[:-1]
    return said


def digits_of(number: str) -> str:
    return re.sub(r"\D", "", number)
