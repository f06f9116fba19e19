"""Write a plan as a timeline for editors: OpenTimelineIO and FCPXML, and a zip with its clips."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as Xml

from tasks.domain.artifact import Blob
from tasks.domain.video_plan import OVERLAPPING, VideoPlan

RATE: Final = 25
FORMATS: Final = ("otio", "fcpxml", "zip")


def file_name(index: int, scene_id: str) -> str:
    """Name the clip of a scene in an export."""
    return f"clips/{index + 1:02d}-{scene_id}.mp4"


def otio(plan: VideoPlan) -> str:
    """Write the timeline as OpenTimelineIO, version 1 of its JSON."""
    children: list[dict[str, Any]] = []
    for index, scene in enumerate(plan.scenes):
        if scene.transition.kind in OVERLAPPING and scene.transition.seconds:
            half = scene.transition.seconds / 2
            children.append(
                {
                    "OTIO_SCHEMA": "Transition.1",
                    "name": scene.transition.kind,
                    "transition_type": "SMPTE_Dissolve",
                    "in_offset": _time(half),
                    "out_offset": _time(half),
                    "metadata": {},
                }
            )
        children.append(
            {
                "OTIO_SCHEMA": "Clip.1",
                "name": scene.id,
                "source_range": _range(0.0, scene.seconds),
                "media_reference": {
                    "OTIO_SCHEMA": "ExternalReference.1",
                    "target_url": file_name(index, scene.id),
                    "available_range": _range(0.0, scene.seconds),
                    "metadata": {},
                },
                "effects": [],
                "markers": [],
                "metadata": {
                    "callsheet": {
                        "prompt": scene.prompt,
                        "voice_line": scene.voice_line,
                        "text": scene.text,
                    }
                },
            }
        )
    track: dict[str, Any] = {
        "OTIO_SCHEMA": "Track.1",
        "name": "Video",
        "kind": "Video",
        "children": children,
        "source_range": None,
        "effects": [],
        "markers": [],
        "metadata": {},
    }
    stack: dict[str, Any] = {
        "OTIO_SCHEMA": "Stack.1",
        "name": "tracks",
        "children": [track],
        "source_range": None,
        "effects": [],
        "markers": [],
        "metadata": {},
    }
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": plan.title or "Video",
        "global_start_time": None,
        "tracks": stack,
        "metadata": {},
    }
    return json.dumps(timeline, indent=2, ensure_ascii=False)


def fcpxml(plan: VideoPlan, width: int, height: int) -> str:
    """Write the timeline as FCPXML 1.9."""
    root = Xml.Element("fcpxml", version="1.9")
    resources = Xml.SubElement(root, "resources")
    Xml.SubElement(
        resources,
        "format",
        id="r0",
        name=f"{width}x{height}p{RATE}",
        frameDuration=f"1/{RATE}s",
        width=str(width),
        height=str(height),
    )
    for index, scene in enumerate(plan.scenes):
        asset = Xml.SubElement(
            resources,
            "asset",
            id=f"r{index + 1}",
            name=scene.id,
            start="0s",
            duration=_ticks(scene.seconds),
            hasVideo="1",
            format="r0",
        )
        Xml.SubElement(asset, "media-rep", kind="original-media", src=file_name(index, scene.id))
    library = Xml.SubElement(root, "library")
    event = Xml.SubElement(library, "event", name=plan.title or "Video")
    project = Xml.SubElement(event, "project", name=plan.title or "Video")
    sequence = Xml.SubElement(project, "sequence", format="r0", duration=_ticks(plan.seconds))
    spine = Xml.SubElement(sequence, "spine")
    for index, (scene, start) in enumerate(zip(plan.scenes, plan.starts, strict=True)):
        clip = Xml.SubElement(
            spine,
            "asset-clip",
            ref=f"r{index + 1}",
            name=scene.id,
            offset=_ticks(start),
            start="0s",
            duration=_ticks(scene.seconds),
        )
        if scene.voice_line:
            note = Xml.SubElement(clip, "note")
            note.text = scene.voice_line
    Xml.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
    return head + Xml.tostring(root, encoding="unicode") + "\n"


def archive(
    path: Path,
    plan: VideoPlan,
    clips: list[tuple[int, str, Blob]],
    size: tuple[int, int],
    read: Any,
) -> None:
    """Write a zip with both timelines, the plan and the clips, which are stored as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("timeline.otio", otio(plan))
        file.writestr("timeline.fcpxml", fcpxml(plan, *size))
        file.writestr("plan.json", json.dumps(plan.to_dict(), indent=2, ensure_ascii=False))
        for index, scene_id, blob in clips:
            with file.open(file_name(index, scene_id), "w") as entry:
                for chunk in read(blob):
                    entry.write(chunk)


def _time(seconds: float) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "RationalTime.1",
        "rate": float(RATE),
        "value": float(round(seconds * RATE)),
    }


def _range(start: float, seconds: float) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start),
        "duration": _time(seconds),
    }


def _ticks(seconds: float) -> str:
    frames = Fraction(round(seconds * RATE), RATE)
    return f"{frames.numerator}/{frames.denominator}s" if frames else "0s"


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with path.open("rb") as file:
        while block := file.read(io.DEFAULT_BUFFER_SIZE * 8):
            yield block
