"""What a plan expects of each step: its size, its duration, its share of the progress."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.stages import ALL_STAGES
from tasks.domain.artifact import Blob
from tasks.domain.estimate import SHORTEST_SECONDS, Pace, Run, corrected, prior
from tasks.domain.offers import choose
from tasks.domain.plan import EngineChoice
from tasks.domain.planner import (
    RECORDED_BYTES_PER_SECOND,
    TYPICAL_SCENE_SECONDS,
    TYPICAL_SIZES,
    History,
    make_plan,
    make_speech_plan,
)
from tests.tasks.domain.plans import lite_offers, request, simple_plan, simulated_offers

PIXELS = 720 * 1280 / 1e6
ENGINE = EngineChoice("kokoro", "1", "lite", "", "lite", seconds=4.0, device="cpu")
SIMULATED = replace(ENGINE, name="simulated", kind="simulated")


def test_the_size_of_a_step_is_speech_pixels_or_both() -> None:
    asked = request()
    first, second = asked.spoken
    assert first != second
    warped = {step.name: step.size for step in simple_plan(lite_offers()).steps}
    assert warped == {
        "script": 2.0,
        "face": PIXELS,
        "enhance": PIXELS / 25,
        "voice.0": first,
        "animate.0": first * PIXELS,
        "voice.1": second,
        "animate.1": second * PIXELS,
        "assemble": (first + second) * PIXELS,
    }
    moving = [replace(one, warps_still=False) for one in lite_offers()]
    assert simple_plan(moving).step("enhance", 1).size == second * PIXELS


def test_each_step_has_its_share_of_the_progress_in_six_digits() -> None:
    plan = simple_plan(lite_offers())
    total = sum(step.seconds for step in plan.steps)
    for step in plan.steps:
        assert step.weight == round(100 * step.seconds / total, 6)
        assert 0 < step.seconds <= step.within
    assert plan.revision == 1


def test_a_plan_of_speech_ends_with_the_first_voice() -> None:
    asked = request(seed=7)
    plan = make_speech_plan(asked, choose(lite_offers(), asked.options), History())
    assert [(step.name, step.weight) for step in plan.steps] == [("script", 50.0), ("voice.0", 50)]
    assert (plan.revision, plan.scenes, plan.seed) == (1, 1, 7)


def test_speech_lasts_as_long_as_its_recording_or_the_usual_scene() -> None:
    asked = request(script=None, use_audio_as_is=True)
    assert asked.spoken == (TYPICAL_SCENE_SECONDS,)
    recording = Blob("a" * 64, 3 * RECORDED_BYTES_PER_SECOND, "audio/wav")
    assert replace(asked, uploads={"voice": recording}).spoken == (3.0,)
    assert request(script=None, topic="tea", scenes=2).spoken == (TYPICAL_SCENE_SECONDS,) * 2


def test_voices_are_named_for_scenes_and_the_job_s_voice_speaks_the_rest() -> None:
    offers = [
        *(one for one in lite_offers() if one.stage != "voice"),
        replace(lite_offers()[-2], stage="voice", name="kokoro", voices=("a", "b")),
    ]
    plan = simple_plan(
        offers, script=None, topic="tea", scenes=3, voice={"id": "b"}, scene_voices=["a", ""]
    )
    assert [step.params["voice"] for step in plan.of("voice")] == ["a", "b", "b"]
    without = simple_plan(lite_offers(), script=None, topic="tea")
    assert ["voice" in step.params for step in without.of("voice")] == [False] * 3


def test_a_simulated_step_takes_its_pinned_time() -> None:
    slow = History(simulation_speed=2.0)
    pinned = 2 * ALL_STAGES["voice"].seconds
    assert slow.size("voice", SIMULATED, 8.0) == pinned
    assert slow.estimate("voice", SIMULATED, pinned).likely == pinned
    assert slow.estimate("voice", SIMULATED, pinned).high == pinned
    assert History(simulation_speed=0.0).size("voice", SIMULATED, 8.0) == SHORTEST_SECONDS
    assert slow.size("voice", ENGINE, 8.0) == 8.0


def test_a_measured_pace_is_that_of_the_device_before_that_of_all() -> None:
    here, anywhere = Pace(1.0, 0.0), Pace(2.0, 0.0)
    key = ("voice", "kokoro")
    both = History({(*key, "cpu"): here, (*key, ""): anywhere})
    assert both.pace("voice", ENGINE, 8.0) is here
    assert History({(*key, ""): anywhere}).pace("voice", ENGINE, 8.0) is anywhere
    pinned = History({("voice", "simulated", ""): here})
    assert pinned.pace("voice", SIMULATED, 8.0) is here


def test_a_few_runs_correct_what_the_engine_or_its_stage_declares() -> None:
    few = {("voice", "kokoro", "cpu"): [Run(8.0, 1.0)], ("voice", "kokoro", ""): [Run(8.0, 9.0)]}
    declared = prior(4.0, TYPICAL_SIZES["voice"])
    assert History(few=few).pace("voice", ENGINE, 8.0) == corrected(declared, [Run(8.0, 1.0)])
    anywhere = replace(ENGINE, device="gpu")
    assert History(few=few).pace("voice", anywhere, 8.0) == corrected(declared, [Run(8.0, 9.0)])
    stage = prior(ALL_STAGES["voice"].seconds, TYPICAL_SIZES["voice"])
    assert History().pace("voice", replace(ENGINE, seconds=0.0), 8.0) == corrected(stage, ())


@pytest.mark.parametrize(
    ("stage", "size", "typical"),
    [("enhance", 0.04, 0.9 / 25), ("enhance", 1.0, TYPICAL_SIZES["enhance"]), ("face", 0.5, 0.9)],
)
def test_a_still_is_compared_with_a_still(stage: str, size: float, typical: float) -> None:
    assert History().pace(stage, ENGINE, size) == corrected(prior(4.0, typical), ())


def test_an_engine_has_run_if_a_step_of_it_was_measured() -> None:
    key = ("voice", "kokoro", "cpu")
    for history in (History({key: Pace(1.0, 0.0)}), History(few={key: [Run(1.0, 1.0)]})):
        assert history.has_run("voice", "kokoro")
        assert not history.has_run("voice", "piper")
        assert not history.has_run("face", "kokoro")


def test_the_last_step_reads_every_scene_and_names_the_engines() -> None:
    last = simple_plan(simulated_offers()).step("assemble", None)
    assert [(s.step, s.name, s.scene) for s in last.sources] == [
        ("script", "script/screenplay.json", None),
        ("voice.0", "voice/speech.wav", 0),
        ("voice.0", "voice/timings.json", 0),
        ("enhance.0", "video/video.mp4", 0),
        ("voice.1", "voice/speech.wav", 1),
        ("voice.1", "voice/timings.json", 1),
        ("enhance.1", "video/video.mp4", 1),
        ("face", "face/face.json", None),
    ]
    assert {one["stage"]: one["name"] for one in last.params["engines"]}["voice"] == "simulated"


def test_another_revision_is_a_new_plan_of_the_same_steps() -> None:
    asked = request()
    engines = choose(lite_offers(), asked.options)
    first, second = (make_plan(asked, engines, History(), number) for number in (1, 2))
    assert (first.steps, second.revision) == (second.steps, 2)
