"""Check the video of a project before it is delivered; one that fails is refused with reasons."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg
from gpu_worker.media.delivery import faults
from gpu_worker.media.delivery.faults import Boundary, Expected, Measured
from gpu_worker.media.editing.timeline import RATE, Timeline, place
from tasks.domain.errors import InputRefused

_PARTS: Final = ("final.mp4", "poster.jpg", "captions.srt", "captions.vtt")
_TIMELINE: Final = "sound/timeline.json"
REPORT_PART: Final = "check.json"


class Inspector(WithoutModel):
    """The check stage."""

    spec = EngineSpec(
        name="inspector",
        stage="check",
        version="1",
        kind="real",
        environments=("media", "lite"),
        licence="Apache-2.0",
        params=("timeline", "width", "height"),
        files=(*(f"edit/{part}" for part in _PARTS), _TIMELINE),
        uses_seed=False,
        memory_mb=500,
        seconds=8,
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe({"numpy": "numpy"}, "media") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "checking the video")
        expected = _expected(inputs.params, inputs.files.get(_TIMELINE))
        measured = faults.measure(inputs.files["edit/final.mp4"], expected, ctx.check)
        found = faults.faults(measured, expected)
        ctx.progress(0.9, "checking the video")
        if found:
            raise InputRefused(
                f"The finished video was not delivered: {'; '.join(one.reason for one in found)}.",
                faults=[one.code for one in found],
                measured=measured.to_dict(),
            )
        return _delivered(inputs, ctx, measured)


def _expected(params: Mapping[str, Any], moved: Path | None) -> Expected:
    silent = False
    if moved is None:
        timeline = place(params["timeline"])
    else:
        mixed = json.loads(moved.read_text("utf-8"))
        timeline, silent = Timeline.from_list(mixed["scenes"]), bool(mixed["silent"])
    boundaries = (
        Boundary(at, scene.transition, scene.over / RATE)
        for at, scene in zip(timeline.boundaries, timeline.scenes[1:], strict=True)
    )
    size = int(params["width"]), int(params["height"])
    return Expected(*size, timeline.seconds, tuple(boundaries), silent)


def _delivered(inputs: Inputs, ctx: Context, measured: Measured) -> Output:
    report = ctx.workdir / REPORT_PART
    noted = faults.warnings(measured)
    content = {**measured.to_dict(), "faults": [], "warnings": noted}
    report.write_text(json.dumps(content, sort_keys=True), "utf-8")
    parts = {REPORT_PART: report}
    for name in _PARTS:
        source = inputs.files.get(f"edit/{name}")
        if source is not None:
            parts[name] = Path(shutil.copyfile(source, ctx.workdir / name))
    ctx.progress(1.0)
    return Output(
        parts,
        {
            "duration": measured.seconds,
            "width": measured.width,
            "height": measured.height,
            "loudness": measured.loudness,
            "warnings": noted,
            "checked": [
                *("size", "shape", "length", "black", "frozen", "silence"),
                *("loudness", "offset", "mark"),
            ],
        },
    )


ENGINE = Inspector
