"""Plans and facts of projects: strict to read, the same when written, complete in their errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.domain import typed_document
from tasks.domain.sample_facts import Light, SampleFacts, SampleSound, Shot, Technical
from tasks.domain.strict_json import InvalidJson
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import (
    Camera,
    Degraded,
    Material,
    SoundEffect,
    Transition,
    VideoPlan,
    VideoScene,
)


def scene(number: int, **fields: Any) -> VideoScene:
    given: dict[str, Any] = {"id": f"s{number}", "seconds": 4.0, "prompt": "A beach."} | fields
    return VideoScene(**given)


def full_plan() -> VideoPlan:
    return VideoPlan(
        scenes=(
            scene(1, camera=Camera("push_in", 0.7), voice_line="Hello.", effects=("grain",)),
            scene(2, transition=Transition("crossfade", 0.5), sounds=(SoundEffect("rain", 1.0),)),
            scene(3, transition=Transition("dip", 0.5), material=Material("sample", start=2.0)),
        ),
        degraded=(Degraded("plan", "no_language_model", "No key is set."),),
    )


def test_a_plan_is_the_same_after_it_was_written_and_read() -> None:
    plan = full_plan()
    assert VideoPlan.from_json(plan.to_json()) == plan


def test_overlapping_transitions_shorten_the_video() -> None:
    plan = full_plan()
    assert plan.starts == (0.0, 3.5, 7.5)
    assert plan.seconds == 11.5


def changed(path: list[str | int], value: Any) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(full_plan().to_json())
    at: Any = raw
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["scenes"], [], "scenes"),
        (["scenes"], [{"id": f"s{i}", "seconds": 3, "prompt": "x"} for i in range(13)], "scenes"),
        (["scenes", 0, "seconds"], -4, "scenes[0].seconds"),
        (["scenes", 0, "seconds"], 10.5, "scenes[0].seconds"),
        (["scenes", 0, "seconds"], True, "scenes[0].seconds"),
        (["scenes", 0, "seconds"], 10**400, "scenes[0].seconds"),
        (["scenes", 0, "prompt"], "  ", "scenes[0].prompt"),
        (["scenes", 0, "prompt"], "a\x00b", "scenes[0].prompt"),
        (["scenes", 0, "tool"], "shell", "scenes[0].tool"),
        (
            ["scenes", 0, "transition"],
            {"kind": "wipe", "seconds": 0.5},
            "scenes[0].transition.kind",
        ),
        (["scenes", 1, "transition", "seconds"], 1.5, "scenes[1].transition.seconds"),
        (["scenes", 1, "id"], "s1", "scenes[1].id"),
        (["scenes", 1, "sounds", 0, "at"], 4.0, "scenes[1].sounds[0].at"),
        (["scenes", 2, "material"], {"kind": "clip"}, "scenes[2].material.upload"),
        (["model", "id"], "http://evil.example/ x", "model.id"),
        (["mix"], None, "mix"),
        (["scenes", 0], "text", "scenes[0]"),
        (["aspect_ratio"], "16:9", "aspect_ratio"),
        (["scenes"], [{"id": f"s{i}", "seconds": 10, "prompt": "x"} for i in range(6)], "scenes"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(
    path: list[str | int], value: Any, where: str
) -> None:
    with pytest.raises(InvalidDocument) as error:
        VideoPlan.from_dict(changed(path, value))
    assert where in [one.path for one in error.value.problems]


LONGEST: dict[str, tuple[list[str | int], int]] = {
    "id": (["scenes", 0, "id"], 32),
    "prompt": (["scenes", 0, "prompt"], 1_000),
    "character": (["scenes", 0, "character"], 80),
    "voice_line": (["scenes", 0, "voice_line"], 400),
    "voice": (["scenes", 0, "voice"], 200),
    "text": (["scenes", 0, "text"], 120),
    "title": (["title"], 120),
    "model": (["model", "id"], 100),
    "reason of a model": (["model", "reason"], 300),
    "mood": (["music", "prompt"], 300),
    "code": (["degraded", 0, "code"], 32),
    "reason": (["degraded", 0, "reason"], 300),
}


@pytest.mark.parametrize("name", LONGEST)
def test_a_text_may_be_as_long_as_documented_and_no_longer(name: str) -> None:
    path, longest = LONGEST[name]
    text = "x" * longest
    assert VideoPlan.from_dict(changed(path, text)).to_dict() == changed(path, text)
    with pytest.raises(InvalidDocument):
        VideoPlan.from_dict(changed(path, f"{text}x"))


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [
        (["scenes", 0, "seconds"], 2, 10),
        (["scenes", 0, "speed"], 0.25, 4),
        (["scenes", 0, "camera", "strength"], 0, 1),
        (["scenes", 0, "seed"], 0, 2**31 - 1),
        (["scenes", 1, "sounds", 0, "volume"], 0, 1),
        (["scenes", 1, "transition", "seconds"], 0, 1),
        (["scenes", 2, "material", "start"], 0, 600),
        (["music", "tempo"], 40, 220),
        *((["mix", part], 0, 1) for part in ("voice", "music", "effects")),
        (["look", "colour_match"], 0, 1),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else str(value),
)
def test_a_number_lies_between_its_documented_limits(
    path: list[str | int], least: float, most: float
) -> None:
    step = 1 if isinstance(most, int) and most > 2**30 else 0.001
    for value in (least, most):
        VideoPlan.from_dict(changed(path, value))
    for value in (least - step, most + step):
        with pytest.raises(InvalidDocument):
            VideoPlan.from_dict(changed(path, value))


def test_all_problems_are_reported_together() -> None:
    raw = changed(["scenes", 0, "seconds"], 1) | {"captions": "loud", "language": 3}
    with pytest.raises(InvalidDocument) as error:
        VideoPlan.from_dict(raw)
    assert [one.path for one in error.value.problems] == [
        "scenes[0].seconds",
        "language",
        "captions",
    ]


def test_text_that_is_no_json_is_an_error_of_its_own() -> None:
    with pytest.raises(InvalidJson):
        VideoPlan.from_json("{" * 100)


def test_the_schema_names_every_field_and_limit() -> None:
    schema = typed_document.json_schema(VideoPlan)
    seconds = schema["properties"]["scenes"]["items"]["properties"]["seconds"]
    assert seconds == {"type": "number", "minimum": 2.0, "maximum": 10.0}
    assert schema["required"] == ["scenes"]


def test_facts_are_the_same_after_they_were_written_and_read() -> None:
    facts = SampleFacts(
        technical=Technical(width=1080, height=1920, seconds=12.0, frame_rate=30.0),
        shots=(
            Shot(0.0, 5.0, "start", key_frame="shot-000.jpg", light=Light(0.5, 0.4)),
            Shot(5.0, 12.0, "dissolve", 0.8),
        ),
        sound=SampleSound("music", loudness=-14.0, tempo=120.0, beats=(0.5, 1.0)),
    )
    assert SampleFacts.from_json(facts.to_json()) == facts


def test_shots_that_overlap_are_refused() -> None:
    raw = SampleFacts(
        technical=Technical(width=10, height=10, seconds=3.0, frame_rate=25.0),
        shots=(Shot(0.0, 2.0, "start"), Shot(1.0, 3.0)),
    ).to_dict()
    with pytest.raises(InvalidDocument):
        SampleFacts.from_dict(raw)


def test_no_more_than_fifty_unknown_fields_are_reported() -> None:
    raw = changed(["title"], "x") | {f"unknown_{number}": 1 for number in range(60)}
    with pytest.raises(InvalidDocument) as error:
        VideoPlan.from_dict(raw)
    assert len(error.value.problems) == 50
    raw = changed(["title"], "x") | {"u" * 60: 1}
    with pytest.raises(InvalidDocument) as error:
        VideoPlan.from_dict(raw)
    assert [one.path for one in error.value.problems] == ["u" * 50]
