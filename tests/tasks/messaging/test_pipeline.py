"""The shape of the canvas: what waits for what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from celery import Celery, Signature

from tasks.domain.plan import Plan, Step
from tasks.messaging.pipeline import LATER_SCENES, before, calls, canvas
from tasks.messaging.stage_call import StageCall
from tests.tasks.domain.plans import lite_offers, simple_plan, simulated_offers

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
    scenes = {f"animate.{n}" for n in range(3)}
    shape = _order(canvas(APP, _with_voices_of(plan, 0.4), 1))
    assert shape == ("script.all", ({*voices, PORTRAIT}, (scenes, "assemble.all")))


def test_only_what_is_not_done_is_sent(plan: Plan) -> None:
    def shape(*done: str) -> object:
        return _order(canvas(APP, _with_voices_of(plan, 100), 1, done))

    portrait = ("face", "enhance")
    scenes = {(f"voice.{n}", f"animate.{n}") for n in range(3)}
    assert shape(*portrait) == ("script.all", (scenes, "assemble.all"))
    assert shape("script", *portrait) == (scenes, "assemble.all")
    spoken = "voice.0", "voice.1", "animate.1", "voice.2", "animate.2"
    assert shape("script", *portrait, *spoken) == ("animate.0", "assemble.all")
    assert shape("script", *portrait, *spoken, "animate.0") == "assemble.all"
    assert shape("script", "assemble", *spoken) == (*PORTRAIT, "animate.0")


def test_the_first_scene_goes_first_and_the_longest_of_the_others(plan: Plan) -> None:
    lengths = {0: 1.0, 1: 2.0, 2: 3.0}
    steps = (s if s.scene is None else replace(s, seconds=lengths[s.scene]) for s in plan.steps)
    plan = _with_voices_of(replace(plan, steps=tuple(steps)), 100)
    inner = canvas(APP, plan, 1).body
    first = [_order(branch)[0] for branch in inner.tasks]  # type: ignore[index]
    assert first == ["voice.0", "voice.2", "voice.1"]
    priorities = {_order(s): s.options.get("priority", 0) for s in _signatures(inner)}
    urgent = {step for step, priority in priorities.items() if priority == 0}
    assert urgent == {"voice.0", "animate.0", "assemble.all"}
    assert set(priorities.values()) == {0, LATER_SCENES}


def _signatures(part: Signature) -> list[Signature]:
    kind = part.get("subtask_type")
    inner = [*part.tasks, part.body] if kind == "chord" else part.tasks if kind else [part]
    return [part] if not kind else [one for sub in inner for one in _signatures(sub)]


@pytest.mark.parametrize("seconds", [0.4, 100])
def test_each_step_is_sent_once(plan: Plan, seconds: float) -> None:
    plan = _with_voices_of(plan, seconds)
    sent = sorted(_flat(_order(canvas(APP, plan, 1))))
    assert sent == sorted(call.task_id.split(".", 2)[2] for call in calls(plan, 1))


@pytest.mark.parametrize("offers", [lite_offers, simulated_offers])
@pytest.mark.parametrize("seconds", [0.4, 100])
def test_predecessors_of_a_step_agree_with_the_canvas(offers: Any, seconds: float) -> None:
    script = "One is a number of its own here. " * 3
    plan = _with_voices_of(simple_plan(offers(), mode="auto", script=script), seconds)
    told = _before(_order(canvas(APP, plan, 1)), frozenset())
    for step in plan.steps:
        assert {_sent_as(plan.by_name[n]) for n in before(plan, step)} == told[_sent_as(step)]
        assert step.needs <= before(plan, step)


def _sent_as(step: Step) -> str:
    return StageCall("job", 1, 1, step.stage, step.scene).task_id.split(".", 2)[2]


def _before(order: object, so_far: frozenset[str]) -> dict[str, frozenset[str]]:
    """Of each step in this part, all that must have ended before it."""
    if isinstance(order, str):
        return {order: so_far}
    found: dict[str, frozenset[str]] = {}
    for part in order:  # type: ignore[attr-defined]
        found |= _before(part, so_far)
        if isinstance(order, tuple):
            so_far |= frozenset(_flat(part))
    return found


def _flat(order: object) -> list[str]:
    if isinstance(order, str):
        return [order]
    return [name for part in order for name in _flat(part)]  # type: ignore[attr-defined]
