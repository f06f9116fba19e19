"""Enhance without a model: fast, faithful, and available on every machine."""

from __future__ import annotations

import time
from typing import ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.engines.enhance import plain
from gpu_worker.media import ffmpeg, streams


class Lanczos(WithoutModel):
    """Lanczos scaling and contrast-adaptive sharpening, by ffmpeg."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="lanczos",
        stage="enhance",
        version="1",
        kind="lite",
        environments=("lite", "realesrgan"),
        licence="Apache-2.0",
        params=("width", "height"),
        files=("face/crop.png", "animate/video.mp4"),
        uses_seed=False,
        memory_mb=400,
        seconds=2,
    )

    def probe(self) -> Probe:
        return ffmpeg.probe()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        began = time.monotonic()
        ctx.progress(0.0, "scaling")
        size = (int(inputs.params["width"]), int(inputs.params["height"]))
        if "face/crop.png" in inputs.files:
            part = ctx.workdir / "still.png"
            plain.still(inputs.files["face/crop.png"], part, size, ctx.check)
        else:
            part, source = ctx.workdir / "video.mp4", inputs.files["animate/video.mp4"]
            found = streams.video(source)
            size = plain.covering((found.width, found.height), size)
            whole = found.seconds
            plain.video(source, part, size, ctx.check, lambda s: ctx.progress(min(1.0, s / whole)))
        ctx.progress(1.0)
        facts = {"model": "lanczos", "seconds": round(time.monotonic() - began, 2)}
        return Output({part.name: part}, facts)


ENGINE = Lanczos
