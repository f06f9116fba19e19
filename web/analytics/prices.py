"""What the work of engines costs, by the setting `PRICES`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.prices import Price
from web.analytics import daily
from web.analytics.figures import Figure
from web.jobs.quotes import CHARACTERS_A_SECOND, CHARACTERS_A_TOKEN

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Work:
    """What the engines did, and what it cost."""

    amount: float | None
    """None: nothing that worked has a price."""
    gpu_hours: float
    cpu_hours: float


def cost(
    engines: Mapping[str, Figure], lengths: Mapping[str, Figure], prices: Iterable[Price]
) -> Work:
    """Price the hours of engines and machines, and the length of what hosted engines made."""
    known = {price.of: price for price in prices}
    amount: float | None = None
    hours = {daily.GPU: 0.0, daily.CPU: 0.0}
    for name, figure in engines.items():
        _, engine, environment, device = daily.parse_engine_key(name)
        hours[device] += figure.total / HOUR
        price = known.get(engine) or known.get(environment)
        if price is not None and price.unit == "hour":
            amount = (amount or 0.0) + figure.total / HOUR * price.amount
    for engine, figure in lengths.items():
        price = known.get(engine)
        if price is not None and price.unit != "hour":
            amount = (amount or 0.0) + _quantity(price, figure.total) * price.amount
    return Work(amount, hours[daily.GPU], hours[daily.CPU])


def _quantity(price: Price, seconds: float) -> float:
    characters = seconds * CHARACTERS_A_SECOND
    match price.unit:
        case "character":
            return characters
        case "token":
            return characters / CHARACTERS_A_TOKEN
        case _:
            return seconds
