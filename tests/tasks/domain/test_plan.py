"""Request -> Plan: pure, complete, and equal for equal requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.errors import EngineUnavailable
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.plan import Plan, people, without_consent
from tasks.domain.planner import History, make_plan
from tests.tasks.domain.plans import (
    VOICE,
    lite_offers,
    offer,
    request,
    simple_plan,
    simulated_offers,
)


def test_each_scene_has_its_steps_and_all_of_them_join() -> None:
    plan = simple_plan()
    names = [step.name for step in plan.steps]
    assert names == [
        *("script", "face"),
        *("voice.0", "animate.0", "enhance.0", "voice.1", "animate.1", "enhance.1"),
        "assemble",
    ]
    assert plan.by_name["assemble"].needs >= {"voice.0", "voice.1", "enhance.0", "enhance.1"}
    assert sum(step.weight for step in plan.steps) == pytest.approx(100, abs=0.001)


def test_a_still_is_enhanced_once_for_an_animator_that_warps_it() -> None:
    plan = simple_plan(lite_offers())
    assert plan.step("enhance", None)
    names = [step.name for step in plan.steps]
    assert names == [
        *("script", "face", "enhance", "voice.0", "animate.0", "voice.1", "animate.1"),
        "assemble",
    ]
    assert plan.by_name["animate.0"].needs == {"voice.0", "face", "enhance"}


def test_a_plan_survives_a_round_trip_through_json() -> None:
    plan = simple_plan(lite_offers())
    assert Plan.from_json(plan.to_json()) == plan


def test_equal_requests_have_equal_plans() -> None:
    assert simple_plan() == simple_plan()
    assert simple_plan() != simple_plan(script="Other words, here.")


def test_only_engines_that_use_a_seed_get_the_one_of_the_request() -> None:
    offers = [replace(o, uses_seed=o.stage in ("script", "voice")) for o in lite_offers()]
    seeds = {step.stage: step.seed for step in simple_plan(offers, seed=0).steps}
    assert seeds.pop("voice") == 0
    assert set(seeds.values()) == {None}  # the script was given: nothing in it is drawn
    topic = simple_plan(offers, script=None, topic="Bees", seed=0)
    assert topic.step("script", None).seed == 0
    assert {step.seed for step in simple_plan(offers).steps} == {None}


def test_only_what_an_engine_reads_is_planned() -> None:
    blind = [replace(o, params=("width",), files=("face/crop.png",)) for o in lite_offers()]
    plan = simple_plan(blind)
    for step in plan.steps:
        assert set(step.params) <= {"width"}
        assert {source.name for source in step.sources} <= {"face/crop.png"}
    assert Plan.from_json(plan.to_json()) == plan
    everything = simple_plan(lite_offers()).step("animate", 0)
    assert {"fps", "height"} <= set(everything.params)


def test_captions_change_nothing_but_the_last_step() -> None:
    with_them, without = simple_plan(captions=True), simple_plan(captions=False)
    different = [a.name for a, b in zip(with_them.steps, without.steps, strict=True) if a != b]
    assert different == ["assemble"]


@pytest.mark.parametrize(
    "look", [{"caption_style": "boxed"}, {"caption_size": "large"}, {"caption_position": "top"}]
)
def test_the_look_of_captions_matters_only_if_there_are_any(look: dict[str, str]) -> None:
    assert simple_plan(**look).by_name["assemble"] != simple_plan().by_name["assemble"]
    assert simple_plan(captions=False, **look) == simple_plan(captions=False)


def test_a_topic_has_the_requested_number_of_scenes() -> None:
    assert simple_plan(script=None, topic="tea", scenes=5).scenes == 5


@pytest.mark.parametrize(
    ("ratio", "height", "size"),
    [("9:16", 720, (720, 1280)), ("16:9", 1080, (1920, 1080)), ("1:1", 480, (480, 480))],
)
def test_sizes_of_aspect_ratios(ratio: str, height: int, size: tuple[int, int]) -> None:
    assert JobOptions(aspect_ratio=ratio, height=height).size == size


def test_auto_mode_chooses_the_best_engine_and_simulation_the_simulated() -> None:
    chosen = choose(lite_offers(), JobOptions(script="x"))
    assert {stage: engine.name for stage, engine in chosen.items()} == {
        "script": "offline",
        "voice": "piper",
        "face": "mediapipe_mesh",
        "animate": "mesh_warp",
        "enhance": "realesrgan_cpu",
        "assemble": "ffmpeg",
    }
    chosen = choose(lite_offers(), JobOptions(script="x", mode="simulation"))
    assert {engine.name for engine in chosen.values()} == {"simulated", "ffmpeg"}


def test_production_mode_lists_stages_that_could_only_be_simulated() -> None:
    offers = [o for o in lite_offers() if o.name not in ("piper", "mesh_warp")]
    with pytest.raises(EngineUnavailable) as refused:
        choose(offers, JobOptions(script="x", mode="production"))
    assert refused.value.details["stages"] == ["voice", "animate"]


def test_the_recording_engine_is_chosen_only_on_request() -> None:
    asked = JobOptions(use_audio_as_is=True)
    assert choose(lite_offers(), asked)["voice"].name == "recording"
    plan = simple_plan(lite_offers(), script=None, use_audio_as_is=True)
    assert plan.scenes == 1
    assert plan.by_name["script"].params["recorded"] is True
    assert "recorded" not in simple_plan().by_name["script"].params


def test_the_animator_reads_speech_and_portrait_and_the_mask_where_there_is_one() -> None:
    sources = simple_plan().step("animate", 0).sources
    read = {source.name: source.optional for source in sources}
    assert {"voice/speech.wav", "voice/timings.json", "face/crop.png", "face/face.json"} <= {
        name for name, optional in read.items() if not optional
    }
    assert [name for name, optional in read.items() if optional] == ["face/mask.png"]


def test_enhancement_is_blended_in_whole_and_knows_size_and_quality() -> None:
    plan = simple_plan(lite_offers(), quality="best", height=480)
    enhanced = [step.params for step in plan.steps if step.stage == "enhance"]
    assert enhanced
    for params in enhanced:
        assert {"quality": "best", "blend": 1.0}.items() <= params.items()
        assert min(params["width"], params["height"]) == 480


def test_an_engine_that_speaks_the_language_is_chosen() -> None:
    assert choose(lite_offers(), JobOptions(script="x", language="de"))["voice"].kind == "simulated"


def test_fast_quality_chooses_the_fast_enhancer() -> None:
    chosen = choose(lite_offers(), JobOptions(script="x", quality="fast"))
    assert chosen["enhance"].name == "lanczos"


def test_the_environment_of_a_stage_is_preferred() -> None:
    chosen = choose([*simulated_offers("lite"), offer("voice", "simulated", "xtts")], JobOptions())
    assert chosen["voice"].environment == "xtts"
    assert chosen["face"].environment == "lite"


def test_an_engine_with_a_failed_probe_is_not_chosen() -> None:
    offers = [replace(o, ok=o.name != "piper") for o in lite_offers()]
    assert choose(offers, JobOptions(script="x"))["voice"].name == "simulated"


def test_only_engines_that_use_the_reference_voice_read_it() -> None:
    asked = request()
    asked.uploads["voice"] = VOICE
    plain = simple_plan(lite_offers())
    assert all(source.step != "upload.voice" for step in plain.steps for source in step.sources)


def test_only_a_topic_has_a_tone() -> None:
    topic = simple_plan(script=None, topic="Bees", tone="warm").step("script", None)
    assert topic.params["tone"] == "warm"
    given = simple_plan(tone="warm").step("script", None)
    assert "tone" not in given.params


@pytest.mark.parametrize(
    ("match", "uploaded", "reads"),
    [("cloned", True, True), ("cloned", False, False), ("plain", True, False)],
)
def test_only_a_voice_that_clones_reads_the_uploaded_recording(
    match: str, uploaded: bool, reads: bool
) -> None:
    others = [other for other in simulated_offers() if other.stage != "voice"]
    asked = request(match_voice=False)
    if uploaded:
        asked.uploads["voice"] = VOICE
    engines = choose([*others, offer("voice", "xtts", voice_match=match)], asked.options)
    voice = make_plan(asked, engines, History()).step("voice", 0)
    assert ("upload.voice" in {source.step for source in voice.sources}) == reads


def test_the_last_step_needs_the_consent_of_everyone_who_is_shown_or_heard() -> None:
    asked = request()
    asked.uploads["voice"] = VOICE
    cloned = offer("voice", "xtts", voice_match="cloned")
    plan = make_plan(asked, choose([cloned, *lite_offers()], asked.options), History())
    last = plan.step("assemble", None)
    assert people(plan, last) == {"face", "voice"}
    assert people(plan, plan.step("script", None)) == set()
    assert without_consent(replace(plan, consent={"face": {}}), last) == {"voice"}


def test_a_job_takes_as_long_as_the_longest_way_through_its_steps() -> None:
    plan = simple_plan()
    seconds = {"script": 2.0, "face": 3.0, "voice": 5.0, "animate": 7.0, "enhance": 1.0}
    steps = tuple(replace(step, seconds=seconds.get(step.stage, 4.0)) for step in plan.steps)
    plan = replace(plan, steps=steps)
    assert plan.estimated_seconds == 2 + 5 + 7 + 1 + 4
    assert plan.work_seconds == 2 + 3 + 2 * (5 + 7 + 1) + 4
    assert replace(plan, steps=()).estimated_seconds == 0.0


def test_a_plan_knows_its_picture_and_its_kind() -> None:
    plan = simple_plan(aspect_ratio="16:9")
    assert plan.size == (1280, 720)
    assert replace(plan, steps=(plan.step("script", None),)).size == (0, 0)
    assert not plan.is_project
    check = replace(plan.steps[0], stage="check")
    assert replace(plan, steps=(*plan.steps, check)).is_project
