"""The next revision of a plan, where the present one cannot be carried out. Pure.

One engine for all scenes, so a change is a new plan for all of them; what it has in common
with the old one keeps its keys and is not computed again.
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
"""In a row on one revision: the first may have been chance."""

CODES: Final = frozenset(
    cls.code for cls in (EngineBroken, ProviderUnavailable, StageOutOfMemory, StageTimedOut)
)
"""What another engine may do better; a refused input would be refused again."""

HEIGHTS: Final = (1080, 720, 480, 360, 240)


def full_name(stage: str, engine: EngineChoice | Offer) -> str:
    return f"{stage}/{engine.name}"


def engines_of(plan: Plan) -> dict[str, EngineChoice]:
    """By stage: the same for all scenes."""
    return {step.stage: step.engine for step in plan.steps}


def next_engines(
    plan: Plan,
    offers: Iterable[Offer],
    options: JobOptions,
    stages: Collection[str],
    given_up: Collection[str],
) -> dict[str, EngineChoice]:
    """Engines with others for these stages; raises `EngineUnavailable` where there are none.

    Nothing real is replaced by something simulated, and where the choice is not ours (a mode
    other than `auto`; an engine named by the request) only by itself in another version.
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
    """The next size down, if there is one."""
    return next((size for size in HEIGHTS if size < height), None)


def shared_steps(old: Plan, new: Plan) -> set[str]:
    """Steps of the new plan that make what they make in the old one."""
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
    """What a person may read of the difference."""
    before, after = engines_of(old), engines_of(new)
    return [
        {"stage": stage, "from": before[stage].name, "to": engine.name}
        for stage, engine in after.items()
        if before[stage].identity != engine.identity
    ]
