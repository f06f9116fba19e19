"""Offers of nodes: which of them is the engine of a plan, and which is taken first."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from config.stages import STAGES
from tasks.domain.errors import EngineUnavailable
from tasks.domain.fallback import next_engines
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.plan import people, without_consent
from tasks.domain.planner import History, make_plan
from tests.tasks.domain.plans import VOICE, lite_offers, offer, request, simple_plan

KOKORO = offer("voice", "kokoro", voice_match="plain", languages=("en",))
ESPEAK = offer("voice", "espeak", voice_match="plain")


@pytest.mark.parametrize(
    "other", [{"name": "kokoro"}, {"version": "2"}, {"weights": "others"}], ids=str
)
def test_another_name_version_or_weights_is_another_engine(other: dict[str, str]) -> None:
    piper = offer("voice", "piper", weights="w")
    assert piper.is_of(piper.choice(JobOptions()))
    assert not replace(piper, **other).is_of(piper.choice(JobOptions()))


@pytest.mark.parametrize("order", [*permutations(("piper", "kokoro", "espeak"))], ids=str)
def test_engines_are_taken_in_the_order_of_their_declaration(order: tuple[str, ...]) -> None:
    voices = {o.name: o for o in (*lite_offers(), KOKORO, ESPEAK) if o.stage == "voice"}
    others = [o for o in lite_offers() if o.stage != "voice"]
    offers = [*others, *(voices[name] for name in order)]
    options = JobOptions(script="x")
    plan = simple_plan(offers)
    taken = [plan.step("voice", 0).engine.name]
    given_up = {f"voice/{taken[0]}"}
    for _ in range(2):
        taken.append(next_engines(plan, offers, options, {"voice"}, given_up)["voice"].name)
        given_up.add(f"voice/{taken[-1]}")
    assert taken == sorted(order, key=STAGES["voice"].engines.index)
    with pytest.raises(EngineUnavailable):
        next_engines(plan, offers, options, {"voice"}, given_up)


def test_production_mode_never_replaces_an_engine_by_a_simulated_one() -> None:
    offers = [*lite_offers(), replace(KOKORO, kind="simulated", name="simulated")]
    options = JobOptions(script="x", mode="production")
    plan = simple_plan(offers, mode="production")
    with pytest.raises(EngineUnavailable):
        next_engines(plan, offers, options, {"voice"}, {"voice/piper"})


def test_an_engine_requested_by_name_is_the_only_choice() -> None:
    options = JobOptions(script="x", engines={"voice": "kokoro"})
    assert choose([*lite_offers(), KOKORO], options)["voice"].name == "kokoro"
    with pytest.raises(EngineUnavailable):
        choose(lite_offers(), options)


def test_everyone_shown_or_heard_must_have_consented() -> None:
    cloned = offer("voice", "xtts", voice_match="cloned")
    asked = request()
    asked.uploads["voice"] = VOICE
    both = make_plan(asked, choose([cloned, *lite_offers()], asked.options), History())
    voice, animate = both.step("voice", 0), both.step("animate", 0)
    assert people(both, voice) == {"voice"}
    assert people(both, animate) == {"face"}
    ada = replace(both, consent={"face": {"subject": "Ada"}})
    assert without_consent(ada, animate) == set()
    assert without_consent(ada, voice) == {"voice"}
