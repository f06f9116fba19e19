"""Choose other engines for a plan that cannot be executed as it is (pure functions).

All scenes share one engine for each stage, so a change is a new plan revision for all scenes.
Steps that do not change keep their content keys and are not computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from tasks.domain.errors import (
    EngineBroken,
    ProviderUnavailable,
    StageOutOfMemory,
    StageTimedOut,
)
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, choose
from tasks.domain.plan import EngineChoice, Plan

FAILURES_BEFORE: Final = 2
"""Consecutive failures of one revision before another engine is tried."""

CODES: Final = frozenset(
    cls.code for cls in (EngineBroken, ProviderUnavailable, StageOutOfMemory, StageTimedOut)
)
"""Errors that another engine may not have; a rejected input would be rejected again."""

HEIGHTS: Final = (1080, 720, 480, 360, 240)


def full_name(stage: str, engine: EngineChoice | Offer) -> str:
    return f"{stage}/{engine.name}"


def engines_of(plan: Plan) -> dict[str, EngineChoice]:
    """Return the engine of each stage; it is the same for all scenes."""
    return {step.stage: step.engine for step in plan.steps}


def next_engines(
    plan: Plan,
    offers: Iterable[Offer],
    options: JobOptions,
    stages: Collection[str],
    given_up: Collection[str],
) -> dict[str, EngineChoice]:
    """Choose other engines for these stages; raise `EngineUnavailable` if there are none.

    A simulated engine never replaces a real one. If the mode is not `auto` or the request names
    the engine, only another version of the same engine may replace it.
    """
    present = engines_of(plan)

    def fits(offer: Offer) -> bool:
        if offer.stage not in stages:
            return True
        old = present[offer.stage]
        if full_name(offer.stage, offer) in given_up:
            return False
        if options.mode != "auto":
            return offer.name == old.name
        return offer.kind != "simulated" or old.kind == "simulated"

    chosen = choose(filter(fits, offers), options, only=stages)
    return present | chosen


def smaller(height: int) -> int | None:
    """Return the next smaller height, or None."""
    return next((size for size in HEIGHTS if size < height), None)


def shared_steps(old: Plan, new: Plan) -> set[str]:
    """Return the steps whose results do not change between the two plans."""
    before = old.by_name
    same: set[str] = set()
    for step in new.steps:
        known = before.get(step.name)
        if known is not None and step.needs <= same:
            facts = (step.engine.identity, step.params, step.seed, step.sources)
            if facts == (known.engine.identity, known.params, known.seed, known.sources):
                same.add(step.name)
    return same


def changes(old: Plan, new: Plan) -> list[dict[str, str]]:
    """Describe the differences between two plans, for people."""
    before, after = engines_of(old), engines_of(new)
    return [
        {"stage": stage, "from": before[stage].name, "to": engine.name}
        for stage, engine in after.items()
        if before[stage].identity != engine.identity
    ]
