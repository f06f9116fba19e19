"""A plan made by rules follows its sample: its shots, their lengths and its music."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.plan_rules import Wishes, move_words, plan_by_rules
from tasks.domain.sample_facts import (
    Box,
    CameraMove,
    Face,
    SampleFacts,
    SampleSound,
    Shot,
    Technical,
)
from tasks.domain.video_plan import (
    CAMERA_MOVES,
    Camera,
    Degraded,
    Material,
    ModelChoice,
    Music,
    Transition,
    VideoPlan,
)

DIGEST = "a" * 64
FACE = (Face(Box(0.2, 0.2, 0.2, 0.2)),)


def planned(
    lengths: tuple[float, ...],
    *shots: dict[str, Any],
    sound: SampleSound | None = None,
    **asked: Any,
) -> VideoPlan:
    """The plan for shots of these lengths; the fields of the first ones may be given."""
    made, at = [], 0.0
    for number, length in enumerate(lengths):
        more = shots[number] if number < len(shots) else {}
        made.append(Shot(at, at + length, **more))
        at += length
    technical = Technical(1080, 1920, at, 30.0)
    facts = SampleFacts(technical, tuple(made), sound or SampleSound("other"))
    plan = plan_by_rules(facts, Wishes(**asked))
    assert VideoPlan.from_dict(plan.to_dict()) == plan, "it is valid"
    return plan


def seconds(plan: VideoPlan) -> list[float]:
    return [scene.seconds for scene in plan.scenes]


def begins(plan: VideoPlan) -> list[float]:
    """Where in the sample each scene begins."""
    return [scene.material.start for scene in plan.scenes if scene.material is not None]


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((4.0,), [4.0]),
        ((0.5,), [2.0]),  # the only one, whatever its length
        ((3.0, 1.0, 3.0), [3.0, 2.0, 3.0]),
        ((3.0, 0.9, 4.0), [3.9, 4.0]),
        ((0.9, 3.0, 4.0), [3.9, 4.0]),
        ((0.4, 0.4, 0.4, 3.0), [2.0, 3.0]),
        ((3.0, 4.0, 0.9), [3.0, 4.9]),
        ((12.0, 10.0, 1.96), [10.0, 10.0, 2.0]),
        ((3.57, 2.0), [3.5, 2.0]),
    ],
)
def test_shots_become_scenes_within_their_limits(
    lengths: tuple[float, ...], expected: list[float]
) -> None:
    assert seconds(planned(lengths)) == expected


def test_there_are_at_most_twelve_scenes_and_the_shortest_shots_are_joined() -> None:
    assert len(planned((4.0,) * 12).scenes) == 12
    plan = planned((4.0,) * 6 + (3.0,) + (4.0,) * 6)
    assert len(plan.scenes) == 12
    assert seconds(plan)[5] == max(seconds(plan))


def test_a_joined_scene_looks_like_the_longer_shot_and_begins_like_the_first() -> None:
    still, moving = {"subjects": ("dog",)}, {"subjects": ("cat",), "transition": "dissolve"}
    assert planned((3.0, 0.9), still, moving).scenes[0].prompt.startswith("Dog")
    assert planned((0.9, 3.0), still, moving).scenes[0].prompt.startswith("Cat")
    assert planned((0.9, 0.9), still, moving).scenes[0].prompt.startswith("Dog")
    wipe = {"transition": "wipe", "transition_seconds": 0.4}
    joined = planned((4.0, 0.9, 4.0), {}, {}, wipe)
    assert [one.transition for one in joined.scenes] == [Transition(), Transition("wipe", 0.4)]
    assert begins(joined) == [0.0, 4.9]
    second = planned((4.0, 2.0, 0.9), {}, wipe)
    assert second.scenes[1].transition == Transition("wipe", 0.4)
    assert begins(second) == [0.0, 4.0]


@pytest.mark.parametrize(
    ("lengths", "most", "expected"),
    [
        ((10.0,) * 7, 60.0, [8.5] * 7),  # 59.5 in all
        ((10.0,) * 7, 90.0, [8.5] * 7),
        ((6.0, 6.0), 12.5, [6.0, 6.0]),
        ((6.0, 6.0), 12.4, [5.9, 5.9]),
        ((10.0, 2.0), 8.5, [6.0, 2.0]),
        ((10.0, 6.0), 8.5, [4.6, 3.3]),  # what is above two seconds shrinks alike
        ((4.0,) * 5, 6.5, [2.0, 2.0, 2.0]),
        ((4.0,) * 5, 7.0, [2.1, 2.1, 2.1]),
        ((2.0, 2.0), 4.5, [2.0, 2.0]),
        ((2.0, 2.0), 4.4, [2.0]),
    ],
)
def test_a_video_stays_half_a_second_below_its_limit(
    lengths: tuple[float, ...], most: float, expected: list[float]
) -> None:
    assert seconds(planned(lengths, most_seconds=most)) == expected


@pytest.mark.parametrize(
    ("shot", "expected"),
    [
        ({}, Transition()),
        ({"transition": "start"}, Transition()),
        ({"transition": "cut", "transition_seconds": 0.4}, Transition()),
        ({"transition": "dissolve", "transition_seconds": 0.4}, Transition("crossfade", 0.4)),
        ({"transition": "fade", "transition_seconds": 0.437}, Transition("dip", 0.44)),
        ({"transition": "wipe"}, Transition("wipe", 0.5)),
        ({"transition": "wipe", "transition_seconds": 3.0}, Transition("wipe", 1.0)),
    ],
)
def test_scenes_follow_each_other_as_shots_do(shot: dict[str, Any], expected: Transition) -> None:
    plan = planned((4.0, 4.0), {"transition": "wipe"}, shot)
    assert [one.transition for one in plan.scenes] == [Transition(), expected]


@pytest.mark.parametrize("lengths", [(2.0, 4.0), (4.0, 2.0)])
def test_a_transition_takes_no_more_than_half_of_either_scene(lengths: tuple[float, ...]) -> None:
    long = {"transition": "wipe", "transition_seconds": 2.0}
    plan = planned(lengths, {}, long)
    assert plan.scenes[1].transition == Transition("wipe", 1.0)
    # Shortened scenes are still of two seconds at least, so half of one is a second.
    assert min(seconds(plan)) / 2 == 1.0


def test_a_scene_shows_the_character_where_its_shot_has_a_face() -> None:
    chef = {"character": "a chef", "character_upload": DIGEST}
    faces, none = {"faces": FACE}, {"key_frame_at": 5.126}
    plan = planned((4.0, 4.0), faces, none, **chef)
    shown, other = plan.scenes
    assert (shown.material, shown.character) == (Material("picture", DIGEST), "a chef")
    assert shown.prompt.startswith("A chef")
    assert (other.material, other.character) == (Material("sample", start=5.13), "")
    assert other.prompt.startswith("A scene")
    without = planned((4.0,), faces, character="a chef").scenes[0]
    assert (without.material, without.character) == (Material("sample", start=0.0), "")


@pytest.mark.parametrize(("measured", "asked"), [(0.0, 0.3), (0.3, 0.3), (0.456, 0.46), (1.0, 1.0)])
def test_a_camera_moves_as_in_the_sample_and_never_imperceptibly(
    measured: float, asked: float
) -> None:
    moved = {"camera": CameraMove("pan_left", measured)}
    assert planned((4.0,), moved).scenes[0].camera == Camera("pan_left", asked)


def test_every_move_has_words() -> None:
    words = [move_words(Camera(move)) for move in CAMERA_MOVES]
    assert len(set(words)) == len(CAMERA_MOVES)


def test_an_uploaded_voice_speaks_every_scene() -> None:
    assert [one.voice for one in planned((4.0, 4.0), has_voice=True).scenes] == ["upload"] * 2
    assert [one.voice for one in planned((4.0,)).scenes] == [""]


@pytest.mark.parametrize(
    ("sound", "has_track", "music"),
    [
        (SampleSound("music", tempo=116.0), False, Music("generated", "energetic", 116.0)),
        (SampleSound("music", tempo=115.0), False, Music("generated", "calm", 115.0)),
        (SampleSound("speech_and_music"), False, Music("generated", "calm", None)),
        (SampleSound("music", tempo=250.0), False, Music("generated", "energetic", 220.0)),
        (SampleSound("music", tempo=30.0), False, Music("generated", "calm", 40.0)),
        (SampleSound("speech", tempo=90.0), False, Music("none")),
        (SampleSound("other", tempo=90.0), False, Music("generated", "calm", None)),
        (SampleSound("none"), False, Music("generated", "calm", None)),
        (
            *(SampleSound("speech", tempo=90.0), True),
            Music("upload", tempo=90.0, cut_on_beats=True),
        ),
        (SampleSound("none"), True, Music("upload", cut_on_beats=True)),
    ],
)
def test_music_is_like_that_of_the_sample(
    sound: SampleSound, has_track: bool, music: Music
) -> None:
    assert planned((4.0,), sound=sound, has_track=has_track).music == music


def test_a_plan_has_the_name_language_model_and_shortcomings_of_its_project() -> None:
    short = Degraded("clip", "lite_clips", "No model.")
    again = Degraded("clip", "lite_clips", "Said again.")
    others = tuple(Degraded("plan", f"code_{n}", "Why.") for n in range(30))
    model = ModelChoice("one", "It is cheap.")
    plan = planned((4.0,), name="n" * 130, language="de", model=model, degraded=(short, again))
    assert (plan.title, plan.language, plan.model) == ("n" * 120, "de", model)
    assert plan.degraded == (again,)
    assert len(planned((4.0,), degraded=others).degraded) == 20
    assert [scene.id for scene in planned((4.0, 4.0)).scenes] == ["scene-1", "scene-2"]
