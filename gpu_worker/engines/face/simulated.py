"""A simulated face stage: the middle of the picture, marked."""

from __future__ import annotations

from typing import ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output
from gpu_worker.media.ffmpeg import UNTRUSTED
from gpu_worker.media.simulation import Simulated, SimulatedWork, banner, ffmpeg, simulated_spec
from tasks.domain.artifact import canonical

HEIGHT = 360


class SimulatedFace(Simulated):
    """Detects no face, and says so in its result."""

    spec: ClassVar[EngineSpec] = simulated_spec("face", ("width", "height"), ("upload/face",))

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        work = SimulatedWork("face", ctx)
        width = round(HEIGHT * inputs.params["width"] / inputs.params["height"] / 2) * 2
        crop, preview = ctx.workdir / "crop.png", ctx.workdir / "preview.jpg"
        face = ctx.workdir / "face.json"
        mark = banner(ctx.workdir / "mark.png", scale=max(1, width // 110))
        fit = f"scale={width}:{HEIGHT}:force_original_aspect_ratio=increase,crop={width}:{HEIGHT}"
        picture = ["-i", str(inputs.files["upload/face"]), "-i", str(mark)]
        drawn = f"[0:v]{fit}[p];[p][1:v]overlay=(W-w)/2:H-2*h"
        one = ["-frames:v", "1"]
        ffmpeg([*UNTRUSTED, *picture, "-filter_complex", drawn, *one, str(crop)], "face")
        ffmpeg(["-i", str(crop), *one, str(preview)], "face")
        face.write_bytes(canonical({"simulated": True, "width": width, "height": HEIGHT}))
        work.finish()
        return Output(
            {"crop.png": crop, "preview.jpg": preview, "face.json": face}, {"simulated": True}
        )


ENGINE = SimulatedFace
