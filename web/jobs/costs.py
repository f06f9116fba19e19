"""Compute the cost of a plan from the prices that the operator has set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from config.prices import Price, Unit
from tasks.domain.job import JobOptions
from tasks.domain.plan import EngineChoice, Plan
from tasks.domain.planner import Request

CHARACTERS_A_SECOND: Final = 17.0
"""For speech that is not written yet."""
CHARACTERS_A_TOKEN: Final = 4.0
ASKING_TOKENS: Final = 400
"""The length of the prompt of a hosted writer."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the bill."""

    stage: str
    engine: str
    unit: Unit
    quantity: float
    amount: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The priced items, and the engines without a price."""

    items: tuple[Item, ...]
    unpriced: tuple[str, ...]

    @property
    def amount(self) -> float:
        return sum(item.amount for item in self.items)


def cost(
    plan: Plan, request: Request, prices: Iterable[Price], hosted: Collection[str] = ()
) -> Cost:
    """Price the engines of a plan; `hosted` engines without a price are listed as such."""
    known = {price.of: price for price in prices}
    items: list[Item] = []
    unpriced: list[str] = []
    for stage, engine in _working(plan, request.options).items():
        price = known.get(engine.name) or known.get(engine.environment)
        if price is not None:
            quantity = _quantity(price.unit, stage, plan, request)
            items.append(Item(stage, engine.name, price.unit, quantity, quantity * price.amount))
        elif engine.name in hosted:
            unpriced.append(engine.name)
    return Cost(tuple(items), tuple(unpriced))


def _working(plan: Plan, options: JobOptions) -> dict[str, EngineChoice]:
    """Choose the engines that have work to do: a given script is not written again."""
    engines = {step.stage: step.engine for step in plan.steps}
    if options.topic is None:
        engines.pop("script")
    return engines


def _quantity(unit: Unit, stage: str, plan: Plan, request: Request) -> float:
    seconds = sum(request.spoken)
    characters = len(request.options.script or "") or seconds * CHARACTERS_A_SECOND
    match unit:
        case "character":
            return characters
        case "second":
            return seconds
        case "token":
            return ASKING_TOKENS + characters / CHARACTERS_A_TOKEN
        case "hour":
            return sum(step.seconds for step in plan.of(stage)) / 3600
