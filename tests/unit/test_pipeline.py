"""The shape of the canvas: what waits for what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from celery import Celery, Signature

from tasks.domain.plan import Plan
from tasks.pipeline import calls, canvas
from tests.unit.plans import lite_offers, simple_plan

APP = Celery("shape", broker="memory://")
PORTRAIT = ("face.all", "enhance.all")


def _order(signature: Signature) -> object:
    """Names of steps; a tuple for one after the other, a set for side by side."""
    name = signature.get("subtask_type")
    if name == "chord":
        return frozenset(map(_order, signature.tasks)), _order(signature.body)
    if name == "chain":
        return tuple(map(_order, signature.tasks))
    if name == "group":
        return frozenset(map(_order, signature.tasks))
    return str(signature.options["task_id"]).split(".", 2)[2]


def _with_voices_of(plan: Plan, seconds: float) -> Plan:
    steps = (replace(s, seconds=seconds) if s.stage == "voice" else s for s in plan.steps)
    return replace(plan, steps=tuple(steps))


@pytest.fixture
def plan() -> Plan:
    return simple_plan(lite_offers(), mode="auto", script="One is a number of its own here. " * 3)


def test_long_voices_are_spoken_scene_by_scene(plan: Plan) -> None:
    scenes = {(f"voice.{n}", f"animate.{n}") for n in range(3)}
    shape = _order(canvas(APP, _with_voices_of(plan, 100), 1))
    assert shape == ({"script.all", PORTRAIT}, (scenes, "assemble.all"))


def test_short_voices_are_spoken_beside_the_portrait(plan: Plan) -> None:
    voices = frozenset(f"voice.{n}" for n in range(3))
    scenes = {(f"animate.{n}",) for n in range(3)}
    shape = _order(canvas(APP, _with_voices_of(plan, 0.4), 1))
    assert shape == ({("script.all", voices), PORTRAIT}, (scenes, "assemble.all"))


@pytest.mark.parametrize("seconds", [0.4, 100])
def test_each_step_is_sent_once(plan: Plan, seconds: float) -> None:
    plan = _with_voices_of(plan, seconds)
    sent = sorted(_flat(_order(canvas(APP, plan, 1))))
    assert sent == sorted(call.task_id.split(".", 2)[2] for call in calls(plan, 1))


def _flat(order: object) -> list[str]:
    if isinstance(order, str):
        return [order]
    return [name for part in order for name in _flat(part)]  # type: ignore[attr-defined]
