"""Real-ESRGAN on a CPU, with the weights that ship inside a package."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.engines.enhance import frames, pictures, plain, still, weights
from gpu_worker.engines.enhance.tiling import Tiling
from gpu_worker.engines.enhance.weights import PORTRAIT, VIDEO

if TYPE_CHECKING:
    from gpu_worker.engines.enhance.network import Network

_BLEND = 0.7
_FRAME_PIXELS = {"balanced": 30_000, "best": 120_000}
"""What the video network may be given of each frame: about 0.15 and 0.6 s on two cores."""


class RealEsrganCpu:
    """Stills: the portrait network on the face. Videos: the small one on every frame."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="realesrgan_cpu",
        stage="enhance",
        version="3",
        kind="lite",
        environments=("lite",),
        licence="BSD-3-Clause",
        memory_mb=2500,
        weights=weights.WEIGHTS,
        seconds=4,
    )

    def __init__(self) -> None:
        self._networks: dict[str, Network] = {}

    def probe(self) -> Probe:
        absent = [name for name in ("openvino", "onnx", "PIL") if _absent(name)]
        absent += weights.missing()
        if absent:
            return Probe(False, f"missing: {', '.join(absent)}", "callsheet env create lite")
        return Probe(True)

    def load(self) -> None:
        from gpu_worker.engines.enhance.network import Network

        place = weights.folder()
        if self._networks or place is None:
            return
        for name, tiling in ((VIDEO, Tiling(256, 18)), (PORTRAIT, Tiling(192, 24))):
            structure, values = place / f"{name}.param", place / f"{name}.bin"
            self._networks[name] = Network(structure, values, tiling)

    def close(self) -> None:
        self._networks.clear()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        began = time.monotonic()
        ctx.progress(0.0, "enhancing")
        params = inputs.params
        size = (int(params["width"]), int(params["height"]))
        quality, blend = str(params.get("quality", "balanced")), float(params.get("blend", _BLEND))
        if "face/crop.png" in inputs.files:
            part, facts = self._still(inputs, ctx, size, quality, blend)
        else:
            part, facts = self._video(inputs, ctx, size, quality, blend)
        ctx.progress(1.0)
        facts["seconds"] = round(time.monotonic() - began, 2)
        return Output({part.name: part}, facts)

    def _still(
        self, inputs: Inputs, ctx: Context, size: tuple[int, int], quality: str, blend: float
    ) -> tuple[Path, dict[str, Any]]:
        picture = pictures.opened(inputs.files["face/crop.png"])
        face = None
        if "face/face.json" in inputs.files:
            sheet = json.loads(inputs.files["face/face.json"].read_text("utf-8"))
            face = still.face_box({"crop": list(picture.size), **sheet}, size)
        made = still.canvas(picture, size)
        planned = still.regions(size, face, quality, still.scale_of(picture, size))
        for number, region in enumerate(planned):
            made = still.enhance(
                picture,
                made,
                region,
                self._networks[region.model],
                blend=blend,
                check=ctx.check,
                on_part=pictures.share(ctx, number, len(planned)),
            )
        part = ctx.workdir / "still.png"
        made.save(part, compress_level=1)
        models = sorted({region.model for region in planned}) or ["lanczos"]
        return part, {"model": " + ".join(models)}

    def _video(
        self, inputs: Inputs, ctx: Context, size: tuple[int, int], quality: str, blend: float
    ) -> tuple[Path, dict[str, Any]]:
        part, source = ctx.workdir / "video.mp4", inputs.files["animate/video.mp4"]
        if quality not in _FRAME_PIXELS:
            plain.video(source, part, size, ctx.check, lambda _: None)
            return part, {"model": "lanczos"}
        count = frames.enhance(
            source,
            part,
            size,
            self._networks[VIDEO],
            pixels=_FRAME_PIXELS[quality],
            blend=blend,
            check=ctx.check,
            on_frame=lambda done: ctx.progress(done * 0.99),
        )
        return part, {"model": VIDEO, "frames": count}


def _absent(name: str) -> bool:
    return importlib.util.find_spec(name) is None


ENGINE = RealEsrganCpu
