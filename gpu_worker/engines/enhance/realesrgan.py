"""Real-ESRGAN on a GPU: the portrait network for stills and the best videos, the small one else."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.engines.enhance import encoding, pictures, plain, still, weights
from gpu_worker.engines.enhance.reel import Reel
from gpu_worker.engines.enhance.tiling import Tiling
from gpu_worker.engines.enhance.torch_network import TorchNetwork
from gpu_worker.engines.enhance.weights import PORTRAIT, VIDEO
from gpu_worker.media import streams
from gpu_worker.models import torch_device
from tasks.domain.errors import StageOutOfMemory

_BLEND = 0.7
_WEALTH = 16
"""How much more of a still a network is given here than on a CPU."""
_BATCH_PIXELS = {VIDEO: 4 * 512 * 512, PORTRAIT: 512 * 512}
"""Of frames that are computed at once."""
_OF_VIDEO = {"balanced": VIDEO, "best": PORTRAIT}


class RealEsrgan:
    """Both networks stay on the device; frames stream through them."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="realesrgan",
        stage="enhance",
        version="1",
        kind="real",
        environments=("realesrgan",),
        licence="BSD-3-Clause",
        device="cuda",
        memory_mb=6000,
        weights=weights.WEIGHTS,
        seconds=20,
    )

    def __init__(self) -> None:
        self._networks: dict[str, TorchNetwork] = {}

    def probe(self) -> Probe:
        absent = [name for name in ("numpy", "PIL") if importlib.util.find_spec(name) is None]
        absent += weights.missing()
        if absent:
            return Probe(False, f"missing: {', '.join(absent)}", "callsheet env create realesrgan")
        return torch_device.probe("realesrgan")

    def load(self) -> None:
        place = weights.folder()
        if self._networks or place is None:
            return
        torch_device.repeatable()
        for name, tiling in ((VIDEO, Tiling(1024, 18)), (PORTRAIT, Tiling(512, 24))):
            structure, values = place / f"{name}.param", place / f"{name}.bin"
            self._networks[name] = TorchNetwork(structure, values, tiling)

    def close(self) -> None:
        if self._networks:
            self._networks.clear()
            torch_device.give_back()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        began = time.monotonic()
        ctx.progress(0.0, "enhancing")
        with _memory():
            made = self._still if "face/crop.png" in inputs.files else self._video
            part, facts = made(inputs, ctx)
        ctx.progress(1.0)
        facts["seconds"] = round(time.monotonic() - began, 2)
        return Output({part.name: part}, facts)

    def _still(self, inputs: Inputs, ctx: Context) -> tuple[Path, dict[str, Any]]:
        params, size = inputs.params, _size(inputs)
        picture = pictures.opened(inputs.files["face/crop.png"])
        face = None
        if "face/face.json" in inputs.files:
            sheet = json.loads(inputs.files["face/face.json"].read_text("utf-8"))
            face = still.face_box({"crop": list(picture.size), **sheet}, size)
        made = still.canvas(picture, size)
        quality = str(params.get("quality", "balanced"))
        native = still.scale_of(picture, size)
        planned = still.regions(size, face, quality, native, self._wealth)
        for number, region in enumerate(planned):
            made = still.enhance(
                picture,
                made,
                region,
                self._networks[region.model],
                blend=float(params.get("blend", _BLEND)),
                check=ctx.check,
                on_part=pictures.share(ctx, number, len(planned)),
            )
        part = ctx.workdir / "still.png"
        made.save(part, compress_level=1)
        models = sorted({region.model for region in planned}) or ["lanczos"]
        return part, {"model": " + ".join(models)}

    @property
    def _wealth(self) -> int:
        return _WEALTH if torch_device.device().type == "cuda" else 1

    def _video(self, inputs: Inputs, ctx: Context) -> tuple[Path, dict[str, Any]]:
        part, source = ctx.workdir / "video.mp4", inputs.files["animate/video.mp4"]
        size, quality = _size(inputs), str(inputs.params.get("quality", "balanced"))
        if quality not in _OF_VIDEO:
            plain.video(source, part, size, ctx.check, lambda _: None)
            return part, {"model": "lanczos"}
        from gpu_worker.engines.enhance.torch_frames import Enhancement

        model = _OF_VIDEO[quality]
        found = streams.video(source)
        seen = (found.width, found.height)
        coding = encoding.best()
        reel = Reel(source, seen, found.frame_rate, part, size, encoding.ARGUMENTS[coding])
        blend = float(inputs.params.get("blend", _BLEND))
        work = Enhancement(self._networks[model], seen, size, blend, ctx.check)
        batch = max(1, _BATCH_PIXELS[model] // work.pixels)
        count = reel.run(
            batch,
            work,
            ctx.check,
            lambda done: ctx.progress(0.99 * min(1.0, done / found.packets)),
        )
        return part, {"model": model, "frames": count, "encoder": coding}


def _size(inputs: Inputs) -> tuple[int, int]:
    return int(inputs.params["width"]), int(inputs.params["height"])


@contextmanager
def _memory() -> Iterator[None]:
    """A full GPU is not a broken one: what torch holds is given back, and the stage says so."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        torch_device.give_back()
        raise StageOutOfMemory(device=str(torch_device.device())) from error


ENGINE = RealEsrgan
