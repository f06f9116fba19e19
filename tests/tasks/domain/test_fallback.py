"""The next revision of a plan: what changes, what stays, what may not be replaced."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.errors import EngineUnavailable
from tasks.domain.fallback import engines_of, next_engines, shared_steps, smaller
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer
from tasks.domain.plan import Plan
from tasks.domain.planner import History, make_plan
from tests.tasks.domain.plans import lite_offers, offer, request, simple_plan, simulated_offers

OFFERS = [*lite_offers(), offer("voice", "kokoro", voice_match="plain", languages=("en",))]


def revised(plan: Plan, stages: set[str], given_up: set[str], **options: object) -> Plan:
    asked = request(**options)
    engines = next_engines(plan, OFFERS, asked.options, stages, given_up)
    return make_plan(asked, engines, History(), plan.revision + 1)


def test_the_next_engine_takes_all_scenes_and_keeps_what_came_before_it() -> None:
    old = simple_plan(OFFERS)
    new = revised(old, {"voice"}, {"voice/kokoro"})
    assert new.revision == 2
    assert {step.engine.name for step in new.of("voice")} == {"piper"}
    assert shared_steps(old, new) == {"script", "face", "enhance"}
    assert {s: e.name for s, e in engines_of(new).items()} == {
        s: e.name for s, e in engines_of(old).items()
    } | {"voice": "piper"}


def test_a_real_engine_is_not_replaced_by_a_simulated_one() -> None:
    old = simple_plan(OFFERS)
    with pytest.raises(EngineUnavailable, match="voice"):
        revised(old, {"voice"}, {"voice/piper", "voice/kokoro"})
    with pytest.raises(EngineUnavailable, match="animate"):
        revised(old, {"animate"}, {"animate/mesh_warp"})


@pytest.mark.parametrize(
    ("options", "name"),
    [({"mode": "production"}, "kokoro"), ({"engines": {"voice": "piper"}}, "piper")],
    ids=["mode", "named"],
)
def test_a_requested_engine_is_replaced_only_by_another_version(
    options: dict[str, object], name: str
) -> None:
    old = simple_plan(OFFERS, **options)
    with pytest.raises(EngineUnavailable):
        revised(old, {"voice"}, {f"voice/{name}"}, **options)
    newer = [replace(o, version="2") if o.name == name else o for o in OFFERS]
    engines = next_engines(old, newer, JobOptions(**options), {"voice"}, ())
    assert (engines["voice"].name, engines["voice"].version) == (name, "2")


def test_a_smaller_picture_keeps_script_and_voices() -> None:
    old = simple_plan(simulated_offers(), height=720)
    asked = request(height=480)
    new = make_plan(asked, engines_of(old), History(), 2)
    assert shared_steps(old, new) == {"script", "voice.0", "voice.1"}
    assert [smaller(height) for height in (1080, 720, 500, 240)] == [720, 480, 480, None]


def test_a_node_must_have_the_same_weights() -> None:
    plan = simple_plan()
    [voice] = {step.engine for step in plan.of("voice")}
    same = Offer("voice", "simulated", "1", "simulated", "lite")
    assert same.is_of(voice)
    assert not replace(same, weights="others").is_of(voice)
