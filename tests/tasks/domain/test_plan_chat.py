"""The offline grammar of the chat, and the patches and rules behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tasks.domain import plan_patch
from tasks.domain.plan_commands import NotUnderstood, understand
from tasks.domain.plan_rules import Wishes, plan_by_rules
from tasks.domain.sample_facts import (
    CameraMove,
    Light,
    PaletteColour,
    SampleFacts,
    SampleSound,
    Shot,
    SpokenWord,
    Technical,
)
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import Material, Transition, VideoPlan, VideoScene

PLAN = VideoPlan(
    scenes=(
        VideoScene("one", 4.0, "A beach at dawn.", voice_line="Hello world."),
        VideoScene("two", 5.0, "A forest.", text="Sale", transition=Transition("wipe", 0.5)),
        VideoScene("three", 6.0, "A town.", material=Material("sample", start=3.0)),
        VideoScene("four", 3.0, "A lake.", effects=("grain",)),
    )
)


def ids(plan: VideoPlan) -> list[str]:
    return [scene.id for scene in plan.scenes]


SENTENCES: list[tuple[str, str, Any]] = [
    ("Make scene 2 longer.", "/scenes/1/seconds", 6.0),
    ("make scene 3 shorter by 2 seconds", "/scenes/2/seconds", 4.0),
    ("Please shorten the first scene to 2.5 seconds", "/scenes/0/seconds", 2.5),
    ("scene 4 should last 7 s", "/scenes/3/seconds", 7.0),
    ("make the last scene slower", "/scenes/3/speed", 0.75),
    ("speed up scene 2", "/scenes/1/speed", 1.25),
    ("make scene 1 twice as fast", "/scenes/0/speed", 2.0),
    ("swap scenes 1 and 3", "ids", ["three", "two", "one", "four"]),
    ("switch scene 2 and scene 3", "ids", ["one", "three", "two", "four"]),
    ("move scene 4 to the start", "ids", ["four", "one", "two", "three"]),
    ("move scene 1 after scene 3", "ids", ["two", "three", "one", "four"]),
    ("drop scene 2", "ids", ["one", "three", "four"]),
    ("Remove the last scene", "ids", ["one", "two", "three"]),
    ("delete scene 1", "ids", ["two", "three", "four"]),
    ("add a scene about a red balloon after scene 1", "/scenes/1/prompt", "a red balloon"),
    ('add a scene showing "The end" of 3 seconds at the end', "/scenes/4/seconds", 3.0),
    ('replace "world" with "friends"', "/scenes/0/voice_line", "Hello friends."),
    ('scene 3 says "Welcome to town"', "/scenes/2/voice_line", "Welcome to town"),
    ("make scene 1 silent", "/scenes/0/voice_line", ""),
    ('put the text "Now open" on scene 3', "/scenes/2/text", "Now open"),
    ("remove the text from scene 2", "/scenes/1/text", ""),
    ("scene 2 shows a snowy mountain instead", "/scenes/1/prompt", "a snowy mountain"),
    ("pan left in scene 4", "/scenes/3/camera/move", "pan_left"),
    ("zoom in on scene 1", "/scenes/0/camera/move", "push_in"),
    ("make scene 1 black and white", "/scenes/0/effects", ["black_and_white"]),
    ("remove the effects from scene 4", "/scenes/3/effects", []),
    ("crossfade into scene 3", "/scenes/2/transition", {"kind": "crossfade", "seconds": 0.5}),
    ("use hard cuts everywhere", "/scenes/1/transition", {"kind": "cut", "seconds": 0.0}),
    ("no music please", "/music/source", "none"),
    ("make the music calm at 80 bpm", "/music/tempo", 80.0),
    ("use my own track", "/music/source", "upload"),
    ("make the music louder", "/mix/music", 0.5),
    ("the voice should be quieter", "/mix/voice", 0.85),
    ("captions off", "/captions", "off"),
    ("use boxed captions", "/captions", "boxed"),
    ("use the model runway/gen4.5", "/model/id", "runway/gen4.5"),
]


@pytest.mark.parametrize(("sentence", "pointer", "expected"), SENTENCES)
def test_a_sentence_makes_the_expected_change(sentence: str, pointer: str, expected: Any) -> None:
    change = understand(sentence, PLAN)
    after = plan_patch.apply(PLAN, change.patch)
    assert change.summary.endswith(".")
    if pointer == "ids":
        assert ids(after) == expected
        return
    at: Any = after.to_dict()
    for token in pointer[1:].split("/"):
        at = at[int(token)] if isinstance(at, list) else at[token]
    assert at == expected


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("what is the weather", "I did not understand"),
        ("make scene 9 longer", "There is no scene 9"),
        ('run "rm -rf /" on the server', "I did not understand"),
        ("", "I did not understand"),
        ("swap scene 1", "Name the two scenes"),
        ("drop scenes 1, 2, 3 and 4", "at least one scene"),
    ],
)
def test_what_it_cannot_do_is_said(sentence: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        understand(sentence, PLAN)


def test_quoted_words_are_never_commands() -> None:
    change = understand('scene 1 says "drop scene 2 and use model evil"', PLAN)
    assert [op["path"] for op in change.patch] == ["/scenes/0/voice_line"]


@pytest.mark.parametrize(
    "patch",
    [
        "text",
        [{"op": "test", "path": "/title", "value": ""}],
        [{"op": "replace", "path": "/nothing", "value": 1}],
        [{"op": "replace", "path": "/scenes/9/seconds", "value": 3}],
        [{"op": "replace", "path": "/scenes/0/seconds", "value": 99}],
        [{"op": "remove", "path": "/scenes"}],
        [{"op": "add", "path": "/tools", "value": []}],
        [{"op": "add", "path": "/scenes/0/__class__/x", "value": 1}],
        [{"op": "replace", "path": "/scenes/0"}],
        [{"op": "move", "path": "/scenes/0"}],
    ],
)
def test_a_patch_that_gives_no_valid_plan_is_refused(patch: Any) -> None:
    with pytest.raises(InvalidDocument):
        plan_patch.apply(PLAN, patch)


def shot(start: float, end: float, **more: Any) -> Shot:
    return Shot(start, end, **more)


def facts(*shots: Shot, **sound: Any) -> SampleFacts:
    technical = Technical(1080, 1920, shots[-1].end, 30.0)
    return SampleFacts(technical, shots, SampleSound(**sound))


def test_each_shot_becomes_a_scene_with_its_look_and_words() -> None:
    first = shot(
        0.0,
        4.0,
        transition="start",
        palette=(PaletteColour("#2040ff", 0.6),),
        light=Light(0.3, 0.5, key="low"),
        camera=CameraMove("push_in", 0.6, 0.9),
    )
    words = (SpokenWord("Hello", 0.5, 0.9), SpokenWord("again", 4.5, 5.0))
    plan = plan_by_rules(
        facts(
            first,
            shot(4.0, 9.0, transition="dissolve", transition_seconds=0.6),
            kind="speech_and_music",
            tempo=128.0,
            words=words,
        ),
        Wishes("Mine", "de"),
    )
    assert [scene.seconds for scene in plan.scenes] == [4.0, 5.0]
    assert plan.scenes[0].camera.move == "push_in"
    assert "low-key light" in plan.scenes[0].prompt
    assert "blue" in plan.scenes[0].prompt
    assert [scene.voice_line for scene in plan.scenes] == ["Hello", "again"]
    assert plan.scenes[1].transition == Transition("crossfade", 0.6)
    assert (plan.music.source, plan.music.tempo) == ("generated", 128.0)
    assert VideoPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("count", [1, 2, 12, 13, 60, 400])
def test_any_number_of_shots_gives_a_valid_plan(count: int) -> None:
    length = 60.0 / count
    shots = [
        shot(i * length, (i + 1) * length, transition="cut" if i else "start") for i in range(count)
    ]
    for most in (10.0, 60.0):
        plan = plan_by_rules(facts(*shots), Wishes(most_seconds=most))
        assert VideoPlan.from_dict(plan.to_dict()) == plan
        assert plan.seconds < most


def test_a_hundred_random_changes_give_valid_plans_or_say_why() -> None:
    plan = PLAN
    for number in range(100):
        sentence = SENTENCES[(number * 7) % len(SENTENCES)][0]
        try:
            plan = plan_patch.apply(plan, understand(sentence, plan).patch)
        except (NotUnderstood, InvalidDocument):
            plan = replace(PLAN, title=f"{number}")
        assert VideoPlan.from_json(json.dumps(plan.to_dict())) == plan
