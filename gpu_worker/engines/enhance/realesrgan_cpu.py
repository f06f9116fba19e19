"""Real-ESRGAN on a CPU, with the weights that ship inside a package."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.engines.enhance import plain, still, weights
from gpu_worker.engines.enhance.reel import Reel
from gpu_worker.engines.enhance.tiling import Tiling
from gpu_worker.engines.enhance.weights import PORTRAIT, VIDEO
from gpu_worker.media import streams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gpu_worker.engines.enhance.network import Network

_FRAME_PIXELS = {"balanced": 30_000, "best": 120_000}
"""Pixels of each frame that the video network gets: about 0.15 and 0.6 s on two cores."""


class RealEsrganCpu:
    """Uses the portrait network on faces of stills, and the small one on every frame of videos."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="realesrgan_cpu",
        stage="enhance",
        version="3",
        kind="lite",
        environments=("lite",),
        licence="BSD-3-Clause",
        params=("width", "height", "quality", "blend"),
        files=("face/crop.png", "face/face.json", "animate/video.mp4"),
        uses_seed=False,
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
        if "face/crop.png" in inputs.files:
            part, facts = still.write(inputs, ctx, self._networks)
        else:
            part, facts = self._video(inputs, ctx)
        ctx.progress(1.0)
        facts["seconds"] = round(time.monotonic() - began, 2)
        return Output({part.name: part}, facts)

    def _video(self, inputs: Inputs, ctx: Context) -> tuple[Path, dict[str, Any]]:
        part, source = ctx.workdir / "video.mp4", inputs.files["animate/video.mp4"]
        size, quality, blend = still.options(inputs)
        found = streams.video(source)
        size = plain.covering((found.width, found.height), size)
        if quality not in _FRAME_PIXELS:
            plain.video(source, part, size, ctx.check, lambda _: None)
            return part, {"model": "lanczos"}

        def work(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
            pixels = _FRAME_PIXELS[quality]
            made = _enhanced(
                frames[0], size, self._networks[VIDEO], pixels=pixels, blend=blend, check=ctx.check
            )
            return made[None]

        reel = Reel(source, (found.width, found.height), found.frame_rate, part, size)
        count = reel.run(
            1, work, ctx.check, lambda done: ctx.progress(0.99 * min(1.0, done / found.packets))
        )
        return part, {"model": VIDEO, "frames": count}


def _absent(name: str) -> bool:
    return importlib.util.find_spec(name) is None


def _enhanced(
    frame_pixels: NDArray[np.uint8],
    size: tuple[int, int],
    network: Network,
    *,
    pixels: int,
    blend: float,
    check: Callable[[], None],
) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    frame = Image.fromarray(frame_pixels)
    factor = min(1.0, math.sqrt(pixels / (frame.width * frame.height)))
    seen = frame
    if factor < 1.0:
        smaller = (round(frame.width * factor), round(frame.height * factor))
        seen = frame.resize(smaller, Image.Resampling.LANCZOS)
    made = still.resized(network.upscale(np.asarray(seen, np.float32) / 255.0, check), size)
    below = np.asarray(still.canvas(frame, size), np.float32) / 255.0
    return still.to_bytes(below + blend * (made - below))


ENGINE = RealEsrganCpu
