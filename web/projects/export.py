"""Write a plan as a timeline for editors: OpenTimelineIO and FCPXML, and a zip with its clips."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as Xml

from tasks.domain.artifact import Blob
from tasks.domain.video_plan import OVERLAPPING, VideoPlan, VideoScene

RATE: Final = 25
FORMATS: Final = ("otio", "fcpxml", "zip")
_NO_RANGE: Final[dict[str, Any]] = {"source_range": None, "effects": [], "markers": []}


def file_name(index: int, scene_id: str) -> str:
    """Name the clip of a scene in an export."""
    return f"clips/{index + 1:02d}-{scene_id}.mp4"


@dataclass(frozen=True, slots=True)
class _Cut:
    """A scene as editors have it, in frames: scenes meet at cuts, in the middle of overlaps."""

    index: int
    scene: VideoScene
    at: int
    """Where it begins in the video."""
    source: int
    """Where it begins in its clip."""
    frames: int
    overlap: int
    """The frames of its transition, half of them before the cut."""

    @property
    def before(self) -> int:
        return self.overlap // 2


def cuts(plan: VideoPlan) -> list[_Cut]:
    """Return the scenes of a plan between their cuts; together they are as long as the video."""
    overlaps = [
        round(scene.transition.seconds * RATE) if scene.transition.kind in OVERLAPPING else 0
        for scene in plan.scenes
    ]
    starts = [round(start * RATE) for start in plan.starts]
    begins = [start + overlap // 2 for start, overlap in zip(starts, overlaps, strict=True)]
    ends = [*begins[1:], round(plan.seconds * RATE)]
    return [
        _Cut(
            index,
            scene,
            at=begins[index],
            source=begins[index] - starts[index] + _first(scene),
            frames=ends[index] - begins[index],
            overlap=overlaps[index],
        )
        for index, scene in enumerate(plan.scenes)
    ]


def _first(scene: VideoScene) -> int:
    """Return the frame of its clip with which a scene begins: people choose one for their own."""
    material = scene.material
    is_own = material is not None and material.kind == "clip"
    return round(material.start * RATE) if material is not None and is_own else 0


def otio(plan: VideoPlan) -> str:
    """Write the timeline as OpenTimelineIO, version 1 of its JSON."""
    children: list[dict[str, Any]] = []
    for cut in cuts(plan):
        if cut.overlap:
            children.append(_otio_transition(cut))
        children.append(_otio_clip(cut))
    track = _otio("Track", "Video", kind="Video", children=children, **_NO_RANGE)
    stack = _otio("Stack", "tracks", children=[track], **_NO_RANGE)
    whole = _otio("Timeline", plan.title or "Video", global_start_time=None, tracks=stack)
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _otio(schema: str, name: str, **more: Any) -> dict[str, Any]:
    return {"OTIO_SCHEMA": f"{schema}.1", "name": name, "metadata": {}, **more}


def _otio_transition(cut: _Cut) -> dict[str, Any]:
    kind = cut.scene.transition.kind
    return _otio(
        "Transition",
        kind,
        transition_type="SMPTE_Dissolve" if kind == "crossfade" else "Custom_Transition",
        in_offset=_time(cut.before),
        out_offset=_time(cut.overlap - cut.before),
    )


def _otio_clip(cut: _Cut) -> dict[str, Any]:
    scene = cut.scene
    told = {name: getattr(scene, name) for name in ("prompt", "voice_line", "text")}
    speed = _otio("LinearTimeWarp", "speed", effect_name="Speed", time_scalar=scene.speed)
    last = _first(scene) + round(scene.seconds * scene.speed * RATE)
    reference = _otio(
        "ExternalReference",
        scene.id,
        target_url=file_name(cut.index, scene.id),
        available_range=_range(0, last),
    )
    return _otio("Clip", scene.id) | {
        "source_range": _range(cut.source, cut.frames),
        "media_reference": reference,
        "effects": [speed] if scene.speed != 1 else [],
        "markers": [],
        "metadata": {"callsheet": told},
    }


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
            duration=_ticks(_first(scene) + round(scene.seconds * RATE)),
            hasVideo="1",
            format="r0",
        )
        Xml.SubElement(asset, "media-rep", kind="original-media", src=file_name(index, scene.id))
    library = Xml.SubElement(root, "library")
    event = Xml.SubElement(library, "event", name=plan.title or "Video")
    project = Xml.SubElement(event, "project", name=plan.title or "Video")
    sequence = Xml.SubElement(
        project, "sequence", format="r0", duration=_ticks(round(plan.seconds * RATE))
    )
    spine = Xml.SubElement(sequence, "spine")
    for cut in cuts(plan):
        if cut.overlap:
            begins, lasts = _ticks(cut.at - cut.before), _ticks(cut.overlap)
            kind = cut.scene.transition.kind
            Xml.SubElement(spine, "transition", name=kind, offset=begins, duration=lasts)
        clip = Xml.SubElement(
            spine,
            "asset-clip",
            ref=f"r{cut.index + 1}",
            name=cut.scene.id,
            offset=_ticks(cut.at),
            start=_ticks(cut.source),
            duration=_ticks(cut.frames),
        )
        if cut.scene.voice_line:
            note = Xml.SubElement(clip, "note")
            note.text = cut.scene.voice_line
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


def _time(frames: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": float(frames)}


def _range(start: int, frames: int) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start),
        "duration": _time(frames),
    }


def _ticks(frames: int) -> str:
    seconds = Fraction(frames, RATE)
    return f"{seconds.numerator}/{seconds.denominator}s" if frames else "0s"
