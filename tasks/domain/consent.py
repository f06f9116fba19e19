"""Whose face and voice a step works with, and whether they agreed."""

from __future__ import annotations

from tasks.domain.plan import Plan, Step

_CHECKED = ("voice", "animate")
"""Stages that make somebody say or do what they never did: they look again when they start."""


def people(plan: Plan, step: Step) -> frozenset[str]:
    """The uploads (`face`, `voice`) of people whose consent this step needs."""
    if step.stage not in _CHECKED:
        return frozenset()
    read = {source.step.removeprefix("upload.") for source in step.sources}
    needed = {"face"} if step.stage == "animate" else {"voice"} & read
    return frozenset(needed & set(plan.uploads))


def without_consent(plan: Plan, step: Step) -> frozenset[str]:
    """Those of them of whom nothing was stated."""
    return people(plan, step) - set(plan.consent)
