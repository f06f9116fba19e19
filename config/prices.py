"""Prices of engines and machines, for cost estimates: `NAME=AMOUNT/UNIT`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from config.environments import ENVIRONMENTS
from config.stages import ALL_STAGES

Currency = str

Unit = Literal["character", "second", "token", "hour"]

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_ENTRY: Final = re.compile(r"([a-z0-9_]+)=(\d+(?:\.\d+)?(?:e-?\d+)?)/(character|second|token|hour)")
_NAMES: Final = frozenset(ENVIRONMENTS) | {
    engine for stage in ALL_STAGES.values() for engine in stage.engines
}


@dataclass(frozen=True, slots=True)
class Price:
    """The price of an engine's work, or of an hour on the nodes of an environment."""

    of: str
    amount: float
    unit: Unit


def parse(text: str) -> tuple[Price, ...]:
    """Parse the setting `PRICES`.

    >>> parse("elevenlabs=0.00018/character, sadtalker=1.20/hour")[1].amount
    1.2
    """
    return tuple(_price(word) for word in re.split(r"[,\s]+", text.strip()) if word)


def parse_currency(text: str) -> Currency:
    """Check the code of a currency."""
    if not _CURRENCY.fullmatch(text):
        raise ValueError(f"{text} is not three capital letters")
    return text


def _price(word: str) -> Price:
    found = _ENTRY.fullmatch(word)
    if found is None or found[1] not in _NAMES:
        raise ValueError(f"{word} is not NAME=AMOUNT/UNIT")
    unit = cast("Unit", found[3])
    if found[1] in ENVIRONMENTS and unit != "hour":
        raise ValueError("the price of a node must be per hour")
    return Price(found[1], float(found[2]), unit)
