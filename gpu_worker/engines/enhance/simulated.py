"""A simulated enhancer: plain scaling to the size of the finished video."""

from __future__ import annotations

from typing import ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output
from gpu_worker.media.simulation import Simulated, SimulatedWork, ffmpeg, simulated_spec


class SimulatedEnhancer(Simulated):
    """Scales the picture and improves nothing."""

    spec: ClassVar[EngineSpec] = simulated_spec(
        "enhance", ("width", "height"), ("face/crop.png", "animate/video.mp4")
    )

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        work = SimulatedWork("enhance", ctx)
        width, height = inputs.params["width"], inputs.params["height"]
        scale = ["-vf", f"scale={width}:{height}:flags=fast_bilinear,setsar=1"]
        if "face/crop.png" in inputs.files:
            still = ctx.workdir / "still.png"
            ffmpeg(["-i", str(inputs.files["face/crop.png"]), *scale, str(still)], "enhance")
            parts = {"still.png": still}
        else:
            video = ctx.workdir / "video.mp4"
            coding = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-an"]
            source = ["-i", str(inputs.files["animate/video.mp4"])]
            ffmpeg([*source, *scale, *coding, str(video)], "enhance")
            parts = {"video.mp4": video}
        work.finish()
        return Output(parts, {"model": "none"})


ENGINE = SimulatedEnhancer
