"""Check size, length and sound of a finished video before it is delivered."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg, streams
from tasks.domain.errors import InputRefused

LONGEST: Final = 60.0
_SLACK: Final = 0.3
_PARTS: Final = ("final.mp4", "poster.jpg", "captions.srt", "captions.vtt")


class Plain(WithoutModel):
    """The check stage where the inspector cannot run."""

    spec = EngineSpec(
        name="plain",
        stage="check",
        version="1",
        kind="lite",
        environments=("media", "lite"),
        licence="Apache-2.0",
        params=("seconds", "width", "height"),
        files=tuple(f"edit/{part}" for part in _PARTS),
        uses_seed=False,
        memory_mb=200,
        seconds=2,
    )

    def probe(self) -> Probe:
        return ffmpeg.probe()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "checking the video")
        found = _measured(inputs.files["edit/final.mp4"])
        problems = _problems(found, dict(inputs.params))
        if problems:
            raise InputRefused(f"The finished video was not delivered: {'; '.join(problems)}.")
        report = ctx.workdir / "check.json"
        report.write_text(json.dumps({**found, "problems": problems}, sort_keys=True), "utf-8")
        parts = {"check.json": report}
        for name in _PARTS:
            source = inputs.files.get(f"edit/{name}")
            if source is not None:
                parts[name] = Path(shutil.copyfile(source, ctx.workdir / name))
        ctx.progress(1.0)
        return Output(parts, found | {"checked": ["size", "length", "sound"]})


def _measured(path: Path) -> dict[str, Any]:
    found = streams.read_streams(path)
    picture, sound = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    if picture is None:
        raise InputRefused("The finished video was not delivered: it has no picture.")
    return {
        "width": picture.width,
        "height": picture.height,
        "duration": round(picture.seconds, 3),
        "frame_rate": round(float(picture.frame_rate), 3),
        "has_sound": sound is not None,
    }


def _problems(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    problems = []
    if (found["width"], found["height"]) != (wanted["width"], wanted["height"]):
        problems.append(f"its size is {found['width']}x{found['height']}")
    if abs(found["duration"] - float(wanted["seconds"])) > _SLACK:
        problems.append(f"it lasts {found['duration']:g} s instead of {wanted['seconds']:g} s")
    if found["duration"] >= LONGEST:
        problems.append("it is 60 s or longer")
    if not found["has_sound"]:
        problems.append("it has no sound")
    return problems


ENGINE = Plain
