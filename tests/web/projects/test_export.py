"""The plan is the timeline: scenes meet at their cuts, and together are as long as the video."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from tasks.domain.video_plan import VideoPlan
from web.projects import export


def scene(number: int, kind: str = "cut", seconds: float = 0.0, **more: Any) -> dict[str, Any]:
    joined = {"kind": kind, "seconds": seconds}
    return {"id": f"s{number}", "seconds": 4.0, "prompt": "a", "transition": joined} | more


PLAN = VideoPlan.from_dict(
    {
        "title": "Film",
        "scenes": [
            scene(1),
            scene(2, "crossfade", 0.4, voice_line="Hello."),
            scene(3, "dip", 0.4),
            scene(4, "wipe", 0.52, speed=2.0),
            scene(5, material={"kind": "clip", "upload": "c" * 64, "start": 1.6}),
        ],
    }
)


def value(time: dict[str, Any]) -> float:
    return float(time["value"] / time["rate"])


def seconds(text: str) -> float:
    return float(Fraction(text.removesuffix("s")))


def test_opentimelineio_has_the_length_and_the_overlaps_of_the_video() -> None:
    children = json.loads(export.otio(PLAN))["tracks"]["children"][0]["children"]
    clips = [one for one in children if one["OTIO_SCHEMA"] == "Clip.1"]
    shown = [value(clip["source_range"]["duration"]) for clip in clips]
    assert sum(shown) == pytest.approx(PLAN.seconds) == pytest.approx(19.08)
    starts = [value(clip["source_range"]["start_time"]) for clip in clips]
    assert starts == [0.0, 0.2, 0.0, 0.24, 1.6]
    joins = [one for one in children if one["OTIO_SCHEMA"] == "Transition.1"]
    assert [(one["name"], one["transition_type"]) for one in joins] == [
        ("crossfade", "SMPTE_Dissolve"),
        ("wipe", "Custom_Transition"),
    ]
    assert [value(one["in_offset"]) + value(one["out_offset"]) for one in joins] == [0.4, 0.52]
    assert [one["effects"][0]["time_scalar"] for one in clips if one["effects"]] == [2.0]


def test_fcpxml_has_clips_that_follow_each_other_without_a_gap() -> None:
    spine = Xml.fromstring(export.fcpxml(PLAN, 720, 1280)).find(".//spine")
    assert spine is not None
    end = 0.0
    for clip in spine.findall("asset-clip"):
        assert seconds(clip.attrib["offset"]) == pytest.approx(end)
        end += seconds(clip.attrib["duration"])
    assert end == pytest.approx(PLAN.seconds)
    joins = [
        (one.attrib["name"], seconds(one.attrib["offset"]))
        for one in spine
        if one.tag == "transition"
    ]
    assert joins == [("crossfade", pytest.approx(3.6)), ("wipe", pytest.approx(11.08))]
    assert [note.text for note in spine.iter("note")] == ["Hello."]
