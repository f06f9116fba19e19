"""All rules of a language."""

from __future__ import annotations

from functools import cache

from gpu_worker.speech.reading.addresses import abbreviations, addresses
from gpu_worker.speech.reading.amounts import measures, money
from gpu_worker.speech.reading.counts import plain_numbers, signs
from gpu_worker.speech.reading.dates import date_rules
from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.ranks import phones, ranks
from gpu_worker.speech.reading.rule import Rule
from gpu_worker.speech.reading.russian import endings


@cache
def rules(language: Language, tag: str) -> tuple[Rule, ...]:
    """Return the rules of a language, the most specific first."""
    return (
        *addresses(language),
        *(endings() if language.numbers == "ru" else ()),
        *abbreviations(language),
        *date_rules(language, tag),
        *money(language),
        *measures(language),
        *phones(language),
        *ranks(language),
        *plain_numbers(language),
        *signs(language),
    )
