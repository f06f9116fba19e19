"""Compute what a run of a job has used, from the steps that it completed.

Output is what counts: seconds of speech and video, characters and scenes. Workers report it, so
numbers that cannot be true are replaced by what was expected.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from config.credit_prices import CreditUnit
from tasks.domain.job import JobOptions
from web.billing.estimates import Terms, amount, billed_stages, units
from web.billing.price_list import PriceList
from web.jobs import stage_runs

COMPUTED: Final = "computed"
REUSED: Final = "reused"
EARLIER: Final = "earlier"
"""Completed by an earlier run of the same job, which was charged for it or failed."""
FAILED: Final = "failed"
LIMIT: Final = "limit"
MOST_TIMES_EXPECTED: Final = 20.0
"""A worker that reports a longer scene than so many expected ones is not believed."""


@dataclass(frozen=True, slots=True)
class Done:
    """The properties of a step that its price depends on."""

    stage: str
    scene: int | None
    engine: str
    environment: str
    kind: str
    state: str
    attempt: int
    found: bool
    current: bool
    """Whether it belongs to the current revision of the plan."""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a receipt."""

    stage: str
    engine: str
    outcome: str
    steps: int
    unit: str
    quantity: float
    price: int
    amount: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides the price of a step."""

    prices: PriceList
    after_attempt: int
    """Steps up to this attempt belong to earlier runs."""
    charge_reused: bool
    charge: bool
    """Whether the run costs anything; one that has failed does not."""


Quantity = Callable[[CreditUnit, Done], float]
"""How many units of output a step has made."""


def lines(terms: Terms, options: JobOptions, steps: Iterable[Done], rules: Rules) -> list[Line]:
    """List what was computed, reused and failed, with what it costs."""
    known = list(steps)
    lengths = scene_lengths(terms, known)

    def quantity(unit: CreditUnit, step: Done) -> float:
        return _quantity(unit, step, terms, lengths)

    return grouped(known, billed_stages(options), rules, quantity)


def grouped(
    steps: Iterable[Done], stages: Collection[str], rules: Rules, quantity: Quantity
) -> list[Line]:
    """List the steps of these stages by engine and outcome, each with what it costs."""
    groups: dict[tuple[str, str, str, str], list[Done]] = defaultdict(list)
    for step in steps:
        outcome = _outcome(step, rules)
        if outcome is not None and step.stage in stages:
            groups[step.stage, step.engine, outcome, step.environment].append(step)
    return [_line(rules, of, outcome, quantity) for (_, _, outcome, _), of in groups.items() if of]


def scene_lengths(terms: Terms, steps: Iterable[Done]) -> list[float]:
    """Return the length of each scene: what was spoken, or else what was expected."""
    lengths = list(terms.seconds)
    for step in steps:
        scene = step.scene or 0
        if step.stage == "voice" and step.current and 0 <= scene < len(lengths):
            spoken = _number(step.facts.get("seconds") if isinstance(step.facts, dict) else None)
            if 0 < spoken <= MOST_TIMES_EXPECTED * max(terms.seconds[scene], 1.0):
                lengths[scene] = spoken
    return lengths


def capped(found: list[Line], hold: int) -> list[Line]:
    """Add a line that takes off what is above the hold."""
    above = sum(line.amount for line in found) - hold
    if above <= 0:
        return found
    return [*found, Line("", "", LIMIT, 0, "", 0.0, 0, -above)]


def _outcome(step: Done, rules: Rules) -> str | None:
    if not step.current:
        # It was replaced, or its engine was: what its successor needed of it was carried over.
        return FAILED if step.state == stage_runs.FAILED else None
    if step.state == stage_runs.DONE:
        if step.attempt <= rules.after_attempt:
            return EARLIER
        return REUSED if step.found else COMPUTED
    return FAILED if step.state in (stage_runs.FAILED, stage_runs.DROPPED) else None


def _line(rules: Rules, steps: list[Done], outcome: str, quantity: Quantity) -> Line:
    one = steps[0]
    price = rules.prices.find(one.engine, one.environment, one.kind)
    charged = outcome == COMPUTED or (outcome == REUSED and rules.charge_reused)
    if price is None:
        return Line(one.stage, one.engine, outcome, len(steps), "", 0.0, 0, 0)
    units_made = sum(quantity(price.unit, step) for step in steps)
    cost = amount(price.micro, units_made) if charged and rules.charge else 0
    return Line(
        *(one.stage, one.engine, outcome, len(steps)),
        *(price.unit, round(units_made, 3), price.micro if cost else 0, cost),
    )


def _quantity(unit: CreditUnit, step: Done, terms: Terms, lengths: list[float]) -> float:
    if step.scene is None:
        return units(unit, sum(lengths), terms.characters, 1)
    seconds = lengths[step.scene] if 0 <= step.scene < len(lengths) else 0.0
    share = seconds / sum(lengths) if sum(lengths) else 0.0
    return units(unit, seconds, terms.characters * share, 1)


def _number(value: Any) -> float:
    """Read what a worker reported; 0 for what is no number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else 0.0
