"""The steps of a project's job: what each reads, in which order they run, what keys depend on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, choose
from tasks.domain.plan import Plan
from tasks.domain.planner import History
from tasks.domain.project_planner import (
    MUSIC,
    REFERENCE,
    ProjectRequest,
    clip_name,
    line_name,
    make_project_plan,
    piece_names,
)
from tasks.domain.step_inputs import resolve
from tasks.domain.video_plan import Material, VideoPlan, VideoScene
from tasks.messaging.pipeline import before, rounds
from tests.tasks.domain.plans import offer

OFFERS = [
    offer("voice", "piper", voice_match="plain", languages=("en",)),
    *(offer(*one) for one in (("analyse", "local"), ("sound", "mixer"))),
    *(offer(*one) for one in (("edit", "cutter"), ("check", "inspector"))),
    offer("enhance", "lanczos"),
]
VIDEO = VideoPlan(
    scenes=(
        VideoScene("one", 3.0, "A beach.", voice_line="Hello there."),
        VideoScene("two", 4.0, "A forest."),
        VideoScene("three", 3.0, "A town.", voice_line="Good bye."),
    )
)


def planned(
    video: VideoPlan | None = VIDEO,
    enhanced: tuple[int, ...] = (),
    sent: tuple[str, ...] = (),
    offers: list[Offer] = OFFERS,
) -> Plan:
    scenes = video.scenes if video else ()
    uploads = {"sample": Blob("5" * 64, 10, "video/mp4")}
    uploads |= {clip_name(i): Blob(f"{i}" * 64, 10, "video/mp4") for i in range(len(scenes))}
    uploads |= {line_name(i): Blob(f"a{i}" * 32, 10, "application/json") for i in (0, 2)}
    uploads |= {name: Blob("c" * 64, 10, "audio/wav") for name in sent}
    request = ProjectRequest("job", "session", uploads, video, enhanced=enhanced)
    engines = choose(offers, JobOptions(), only=request.stages)
    return make_project_plan(request, engines, History())


def test_voices_run_side_by_side_and_the_rest_follows() -> None:
    names = [[step.name for (step,) in branches] for branches in rounds(planned())]
    assert names == [["voice.0", "voice.2"], ["sound"], ["edit"], ["check"]]
    assert before(planned(), planned().step("edit", None)) == {"voice.0", "voice.2", "sound"}


def test_clips_are_enhanced_beside_the_voices_and_the_edit_shows_them() -> None:
    plan = planned(enhanced=(1,))
    names = [[step.name for (step,) in branches] for branches in rounds(plan)]
    assert names == [["voice.0", "voice.2", "enhance.1"], ["sound"], ["edit"], ["check"]]
    (source,) = plan.step("enhance", 1).sources
    assert (source.step, source.name) == ("upload.clip-001", "animate/video.mp4")
    shown = {
        stage: [s.step for s in plan.step(stage, None).sources if s.name == "clip/clip.mp4"]
        for stage in ("edit", "check")
    }
    assert shown["edit"] == ["upload.clip-000", "enhance.1", "upload.clip-002"]
    # Only the clip itself has the statement of its model.
    assert shown["check"] == ["upload.clip-000", "upload.clip-001", "upload.clip-002"]


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("sent", [True, False])
def test_music_and_colours_are_read_if_they_were_sent_and_are_wanted(
    wanted: bool, sent: bool
) -> None:
    video = replace(
        VIDEO,
        music=replace(VIDEO.music, source="upload" if wanted else "none"),
        look=replace(VIDEO.look, colour_match=0.5 if wanted else 0.0),
    )
    plan = planned(video, sent=(MUSIC, REFERENCE) if sent else ())
    for stage, name in (("sound", MUSIC), ("edit", REFERENCE)):
        read = {source.step for source in plan.step(stage, None).sources}
        assert (f"upload.{name}" in read) is (wanted and sent)


def test_an_analysis_is_one_step() -> None:
    plan = planned(None)
    assert [step.name for step in plan.steps] == ["analyse"]
    assert Plan.from_json(plan.to_json()) == plan


def _key(plan: Plan, stage: str) -> str:
    made = {
        part: Blob("e" * 64, 1, "x/y")
        for part in ("speech.wav", "timings.json", "sound.wav", "final.mp4")
    }
    resolved = resolve(plan, plan.step(stage, None), lambda _: Artifact("k", "s", "e", made, {}))
    assert resolved is not None
    return resolved.key(plan.step(stage, None))


def test_only_steps_that_read_a_field_change_with_it() -> None:
    first, *rest = VIDEO.scenes
    prompted = planned(replace(VIDEO, scenes=(replace(first, prompt="A lake."), *rest)))
    texted = planned(replace(VIDEO, scenes=(replace(first, text="New!"), *rest)))
    assert _key(prompted, "sound") == _key(texted, "sound") == _key(planned(), "sound")
    assert _key(prompted, "edit") == _key(planned(), "edit") != _key(texted, "edit")
    longer = planned(replace(VIDEO, scenes=(replace(first, seconds=5.0), *rest)))
    assert _key(longer, "sound") != _key(planned(), "sound")


def test_a_silent_video_needs_no_voice() -> None:
    silent = replace(VIDEO, scenes=tuple(replace(s, voice_line="") for s in VIDEO.scenes))
    assert [step.name for step in planned(silent).steps] == ["sound", "edit", "check"]


def test_an_own_clip_begins_where_the_plan_says() -> None:
    own = Material("clip", "c" * 64, 2.5)
    shown = replace(VIDEO, scenes=(replace(VIDEO.scenes[0], material=own), *VIDEO.scenes[1:]))
    sample = Material("sample", "", 4.0)
    generated = replace(
        VIDEO, scenes=(replace(VIDEO.scenes[0], material=sample), *VIDEO.scenes[1:])
    )
    starts = [
        [entry["clip_start"] for entry in planned(video).step("edit", None).params["timeline"]]
        for video in (shown, generated)
    ]
    assert starts == [[2.5, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_sizes_are_seconds_of_speech_and_of_pictures() -> None:
    plan = planned(enhanced=(1,))
    pixels = 720 * 1280 / 1e6
    assert {step.name: step.size for step in plan.steps} == {
        "voice.0": 3.0,
        "voice.2": 3.0,
        "enhance.1": 4.0 * pixels,
        "sound": 10.0,
        "edit": 10.0 * pixels,
        "check": 10.0 * pixels,
    }
    assert planned(None).step("analyse", None).size == 1.0
    total = sum(step.seconds for step in plan.steps)
    assert [step.weight for step in plan.steps] == [
        round(100 * step.seconds / total, 6) for step in plan.steps
    ]
    assert (plan.revision, plan.scenes, planned(None).scenes) == (1, 3, 0)


@pytest.mark.parametrize(
    ("wanted", "frame"),
    [((720, 1280), (720, 1280)), ((1080, 1920), (1080, 1920)), ((480, 854), (486, 864))],
)
def test_a_frame_is_exactly_nine_to_sixteen(
    wanted: tuple[int, int], frame: tuple[int, int]
) -> None:
    request = ProjectRequest("job", "session", {}, VIDEO, size=wanted, enhanced=(0,))
    assert request.frame == frame
    plan = make_project_plan(request, choose(OFFERS, JobOptions(), only=request.stages), History())
    for stage, scene in (("enhance", 0), ("edit", None), ("check", None)):
        params = plan.step(stage, scene).params
        assert (params["width"], params["height"]) == frame
    assert replace(request, size=(1, 1)).frame == (18, 32)
    assert ProjectRequest("job", "session", {}).frame == (720, 1280)


def test_the_check_reads_all_that_the_edit_may_have_made() -> None:
    sources = planned().step("check", None).sources
    names = [source.name for source in sources]
    assert piece_names(3) == [f"scene-00{number}.mp4" for number in range(5)]
    assert names[:10] == [
        *("edit/final.mp4", "edit/poster.jpg", "edit/captions.srt", "edit/captions.vtt"),
        "edit/drawn.json",
        *(f"edit/{name}" for name in piece_names(3)),
    ]
    assert names[10:12] == ["sound/timeline.json", "sound/sound.wav"]
    required = {source.name for source in sources if not source.optional}
    assert required == {"edit/final.mp4", "sound/sound.wav", "clip/clip.mp4"}


def test_the_edit_reads_speech_and_sound_and_refuses_marks_of_hosted_models() -> None:
    plan = planned()
    edit = plan.step("edit", None)
    assert [(s.step, s.name, s.optional) for s in edit.sources[3:]] == [
        ("voice.0", "voice/timings.json", False),
        ("voice.2", "voice/timings.json", False),
        ("sound", "sound/sound.wav", False),
        ("sound", "sound/timeline.json", True),
    ]
    marks = [
        planned(replace(VIDEO, model=replace(VIDEO.model, id=name))).step("edit", None)
        for name in ("local/camera-moves", "runway/gen4.5")
    ]
    assert [step.params["marks"] for step in marks] == [False, True]
    with_start = [
        "clip_start" in plan.step(stage, None).params["timeline"][0]
        for stage in ("sound", "edit", "check")
    ]
    assert with_start == [False, True, True]


@pytest.mark.parametrize(
    ("voice", "match", "sent", "params", "reads"),
    [
        ("", "plain", True, {"voice": "joe"}, False),
        ("upload", "cloned", True, {"voice": "joe"}, True),
        ("upload", "cloned", False, {"voice": "joe"}, False),
        ("amy", "recorded", True, {"voice": "amy"}, True),
    ],
)
def test_a_scene_speaks_with_its_voice(
    voice: str, match: str, sent: bool, params: dict[str, str], reads: bool
) -> None:
    speaker = replace(OFFERS[0], voice_match=match, voices=("joe", "amy"))
    first, *rest = VIDEO.scenes
    video = replace(VIDEO, scenes=(replace(first, voice=voice), *rest))
    step = planned(video, sent=("voice",) if sent else (), offers=[speaker, *OFFERS[1:]]).step(
        "voice", 0
    )
    assert step.params == {"language": "en", "match": False} | params
    assert ("upload.voice" in {source.step for source in step.sources}) is reads


def test_an_engine_with_one_voice_gets_none_named() -> None:
    assert "voice" not in planned().step("voice", 0).params
    assert planned(enhanced=(1,)).step("enhance", 1).params["blend"] == 1.0
