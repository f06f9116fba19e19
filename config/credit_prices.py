"""Prices in credits: `NAME=CREDITS/UNIT`. Amounts are whole micro-credits everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, cast, get_args

from config.environments import ENVIRONMENTS
from config.stages import ALL_STAGES

CREDIT: Final = 1_000_000
"""Micro-credits in a credit."""
MOST_CREDITS: Final = 1_000_000_000
"""The largest amount of one price, grant or budget, in credits."""
ANY: Final = "*"
"""The price of what has none of its own."""

CreditUnit = Literal["second", "character", "scene"]
UNITS: Final[tuple[CreditUnit, ...]] = get_args(CreditUnit)

_ENTRY: Final = re.compile(r"(\*|[a-z0-9_]+)=(\d+(?:\.\d+)?)/(\w+)")
_NAMES: Final = frozenset(ENVIRONMENTS) | {
    engine for stage in ALL_STAGES.values() for engine in stage.engines
}


@dataclass(frozen=True, slots=True)
class CreditPrice:
    """The price of one unit of an engine's output."""

    of: str
    """An engine, an environment or `*`."""
    micro: int
    unit: CreditUnit

    def __post_init__(self) -> None:
        if not (isinstance(self.micro, int) and 0 < self.micro <= MOST_CREDITS * CREDIT):
            raise ValueError("a price must be greater than 0")
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit: {self.unit}")

    def __str__(self) -> str:
        return f"{self.of}={(Decimal(self.micro) / CREDIT).normalize():f}/{self.unit}"


def parse(text: str) -> tuple[CreditPrice, ...]:
    """Parse the setting `CREDIT_PRICES`.

    >>> parse("*=0.1/second, elevenlabs=0.02/character")[1].micro
    20000
    >>> parse("*=0/second")
    Traceback (most recent call last):
    ValueError: a price must be greater than 0
    """
    found = tuple(_price(word) for word in re.split(r"[,\s]+", text.strip()) if word)
    names = [price.of for price in found]
    if ANY not in names:
        raise ValueError("the price of * is missing")
    if len(set(names)) < len(names):
        raise ValueError("a name has two prices")
    return found


def micro(amount: Decimal) -> int:
    """Convert credits to whole micro-credits."""
    return int((amount * CREDIT).to_integral_value(ROUND_HALF_UP))


def to_dict(prices: tuple[CreditPrice, ...]) -> dict[str, list[int | str]]:
    """Write prices as JSON, in an order that does not depend on that of the setting."""
    return {p.of: [p.micro, p.unit] for p in sorted(prices, key=lambda p: p.of)}


def from_dict(raw: Mapping[str, tuple[int, str]]) -> tuple[CreditPrice, ...]:
    """Read prices that were stored; raises `ValueError` for those that are not valid."""
    try:
        return tuple(
            CreditPrice(of, amount, cast("CreditUnit", unit)) for of, (amount, unit) in raw.items()
        )
    except (AttributeError, TypeError) as error:
        raise ValueError("these are not valid prices") from error


def _price(word: str) -> CreditPrice:
    found = _ENTRY.fullmatch(word)
    if found is None or (found[1] != ANY and found[1] not in _NAMES) or found[3] not in UNITS:
        raise ValueError(f"{word} is not NAME=CREDITS/UNIT")
    return CreditPrice(found[1], micro(Decimal(found[2])), cast("CreditUnit", found[3]))
