"""Telephone numbers, Roman numerals and places in a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading.dates import german_end
from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.numbers import (
    cardinal,
    ordinal,
    roman,
    spelled,
)
from gpu_worker.speech.reading.rule import Rule

_RULERS: Final = frozenset(
    (
        *("Elizabeth", "Elisabeth", "Charles", "Karl", "Carlos", "Carlo", "James"),
        *("George", "Napoleon", "Napoléon", "Francis", "François", "Wilhelm", "William"),
        *("Guillaume", "Guillermo", "Nicholas", "Nikolaus", "Catherine", "Katharina"),
        *("Isabel", "Isabella", "Felipe", "Philippe", "Filippo", "João", "Pedro", "Maria"),
        *("Juan", "Juana", "Umberto", "Otto", "Friedrich", "Ferdinand", "Fernando"),
    )
)
_NUMBERED: Final = frozenset(
    (
        *("World", "War", "Chapter", "Part", "Act", "Scene", "Volume", "Book", "Type"),
        *("Phase", "Level", "Article", "Section", "Title", "Class", "Final", "Fantasy"),
        *("Rocky", "Star", "Grade", "Stage", "Capítulo", "Parte", "Acto", "Tomo"),
        *("Chapitre", "Partie", "Acte", "Tome", "Capitolo", "Atto", "Teil", "Kapitel"),
        *("Band", "Akt", "Guerra", "Guerre", "Mondiale", "Mundial", "mondiale"),
        *("Weltkrieg", "siglo", "século", "secolo", "siècle", "Siglo", "Século", "Secolo"),
        *("Klasse", "Windows", "Apollo"),
    )
)
_CENTURIES: Final = frozenset(("siglo", "século", "secolo", "siècle", "Siglo", "Século", "Secolo"))
_NO_NAMES: Final = frozenset(
    (
        *("The", "And", "But", "Or", "If", "When", "So", "Then", "He", "She", "It", "We"),
        *("You", "They", "I", "Am", "This", "That"),
    )
)


def phones(language: Language) -> Iterator[Rule]:
    def phone(match: re.Match[str]) -> str:
        groups = re.findall(r"\d+", match[0])
        plus = f"{language.signs['+']} " if match[0].startswith("+") else ""
        return plus + ", ".join(spelled(group, language) for group in groups)

    group = r"[ .\u00a0/-]?\(?\d{2,5}\)?"
    yield re.compile(rf"(?<![\w.,])\+\d{{1,3}}(?:{group}){{2,5}}(?![\w])"), phone
    yield re.compile(rf"(?<![\w.,])\(\d{{2,5}}\)(?:{group}){{1,4}}(?![\w])"), phone
    yield re.compile(r"(?<![\w.,-])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w])"), phone
    yield re.compile(r"(?<![\w.,-])\d{3}-\d{4}(?![\w-])"), phone
    yield re.compile(r"(?<![\w.,])0\d{1,4}(?:[ .]\d{2,4}){2,5}(?![\w])"), phone


def ranks(language: Language) -> Iterator[Rule]:
    def rank(match: re.Match[str]) -> str:
        name, value = match[1], roman(match[2])
        alone = len(match[2]) == 1 and name not in _RULERS and name not in _NUMBERED
        if not value or name in _NO_NAMES or alone:
            return match[0]
        if name in _NUMBERED:
            return f"{name} {_century(name, value, language)}"
        return f"{name} {_regnal(value, language)}"

    mark = r"(?:\.(?=\s[a-zäöü]))?" if language.numbers == "de" else ""
    yield re.compile(rf"\b([A-ZÀ-Ýa-zß-ÿ]{{3,24}})\s([IVXLC]{{1,7}})\b{mark}"), rank
    if language.numbers == "fr":
        yield (
            re.compile(r"(?<=[a-zß-ÿ] )I(?:er|re)\b"),
            lambda m: "premier" if m[0] == "Ier" else "première",
        )
        yield (
            re.compile(r"\b([IVX]{1,6})(?:e|ème)\b"),
            lambda m: ordinal(roman(m[1]), language) if roman(m[1]) else m[0],
        )
    ends = language.ordinal_ends

    def position(match: re.Match[str]) -> str:
        feminine = match[2].endswith(("ª", "a", "ère", "re", "nde"))
        said = ordinal(int(match[1]), language, feminine=feminine)
        return said + german_end(match) if language.numbers == "de" else said

    edge = "" if language.numbers == "de" else r"(?!\w)"
    yield re.compile(rf"(?<![\w.,])(\d{{1,4}})({ends}){edge}"), position


def _century(name: str, value: int, language: Language) -> str:
    if name in _CENTURIES and (language.numbers == "it" or value <= 10):
        return ordinal(value, language)
    return cardinal(str(value), language)


def _regnal(value: int, language: Language) -> str:
    if language.numbers == "en":
        return f"the {ordinal(value, language)}"
    if language.numbers == "de":
        return f"der {ordinal(value, language).capitalize()}"
    if language.numbers == "fr" and value == 1:
        return "premier"
    spoken_as_ordinal = language.regnal == "ordinal" or (
        language.regnal == "ordinal-ten" and value <= 10
    )
    return ordinal(value, language) if spoken_as_ordinal else cardinal(str(value), language)
