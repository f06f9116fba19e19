"""A simulated animator: the marked still, swaying a little, as long as the speech."""

from __future__ import annotations

import json
import math
from typing import ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output
from gpu_worker.media.simulation import Simulated, SimulatedWork, ffmpeg, simulated_spec

SWAY = "crop=iw-8:ih-8:4+4*sin(n/6):4+4*sin(n/9),scale=trunc(iw/2)*2:trunc(ih/2)*2"


class SimulatedAnimator(Simulated):
    """Moves the picture, not the lips."""

    spec: ClassVar[EngineSpec] = simulated_spec(
        "animate", ("fps",), ("voice/timings.json", "face/crop.png")
    )

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        work = SimulatedWork("animate", ctx)
        fps = inputs.params["fps"]
        timings = json.loads(inputs.files["voice/timings.json"].read_bytes())
        frames = max(1, math.ceil(timings["seconds"] * fps))
        video = ctx.workdir / "video.mp4"
        still = ["-loop", "1", "-framerate", str(fps), "-i", str(inputs.files["face/crop.png"])]
        coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
        length = ["-frames:v", str(frames), "-threads", "1"]
        ffmpeg([*still, "-vf", SWAY, *length, *coding, str(video)], "animate")
        work.finish()
        return Output({"video.mp4": video}, {"frames": frames, "fps": fps, "driver": "none"})


ENGINE = SimulatedAnimator
