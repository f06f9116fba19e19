"""Packs of credits on sale: `CREDITS=AMOUNT`, the amount with two decimals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ENTRY: Final = re.compile(r"([1-9]\d{0,8})=(\d{1,8})\.(\d\d)")


@dataclass(frozen=True, slots=True)
class CreditPack:
    """Some credits, and their price in hundredths of the currency."""

    credits: int
    cents: int


def parse(text: str) -> tuple[CreditPack, ...]:
    """Parse the setting `CREDIT_PACKS`.

    >>> parse("100=9.00, 500=39.50")[1]
    CreditPack(credits=500, cents=3950)
    """
    packs = tuple(_pack(word) for word in re.split(r"[,\s]+", text.strip()) if word)
    if len({pack.credits for pack in packs}) < len(packs):
        raise ValueError("a pack has two prices")
    return packs


def _pack(word: str) -> CreditPack:
    found = _ENTRY.fullmatch(word)
    if found is None or not int(found[2] + found[3]):
        raise ValueError(f"{word} is not CREDITS=AMOUNT")
    return CreditPack(int(found[1]), int(found[2] + found[3]))
