"""All rules of a language."""

from __future__ import annotations

from functools import cache
from typing import Final

from gpu_worker.speech.reading import arabic, hindi, russian, thai
from gpu_worker.speech.reading.addresses import abbreviations, addresses
from gpu_worker.speech.reading.amounts import measures, money
from gpu_worker.speech.reading.counts import plain_numbers, signs
from gpu_worker.speech.reading.dates import date_rules
from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.ranks import phones, ranks
from gpu_worker.speech.reading.rule import Rule

_OWN: Final = {
    "ru": russian.endings,
    "ar": arabic.endings,
    "hi": hindi.endings,
    "th": thai.dates,
}
"""Rules of one language, which come before those that all have."""


@cache
def rules(language: Language, tag: str) -> tuple[Rule, ...]:
    """Return the rules of a language, the most specific first."""
    found = (
        *addresses(language),
        *(own() if (own := _OWN.get(language.numbers)) else ()),
        *abbreviations(language),
        *date_rules(language, tag),
        *money(language),
        *measures(language),
        *phones(language),
        *ranks(language),
        *plain_numbers(language),
        *signs(language),
    )
    if language.numbers == "th":
        return tuple(map(thai.without_word_edges, found))
    return found
