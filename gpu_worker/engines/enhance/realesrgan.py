"""Real-ESRGAN on a GPU: the portrait network for stills and best quality, else the small one."""

from __future__ import annotations

import importlib.util
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.engines.enhance import plain, still, weights
from gpu_worker.engines.enhance.reel import Reel
from gpu_worker.engines.enhance.tiling import Tiling
from gpu_worker.engines.enhance.torch_network import TorchNetwork
from gpu_worker.engines.enhance.weights import PORTRAIT, VIDEO
from gpu_worker.media import ffmpeg, streams
from gpu_worker.models import torch_device
from gpu_worker.models.devices import device_name
from tasks.domain.errors import StageOutOfMemory

_BUDGET = 16
"""How many times more pixels of a still a network gets here than on a CPU."""
_BATCH_PIXELS = {VIDEO: 4 * 512 * 512, PORTRAIT: 512 * 512}
"""Pixels of the frames that are computed at once."""
_VIDEO_NETWORKS = {"balanced": VIDEO, "best": PORTRAIT}
_NVENC, _X264 = "h264_nvenc", "libx264"
_ENCODERS: Final = {
    _NVENC: ("-c:v", _NVENC, "-preset", "p4", "-rc", "constqp", "-qp", "14", "-pix_fmt", "yuv420p"),
    _X264: plain.INTERMEDIATE,
}
"""Arguments of both encoders, without visible loss."""


class RealEsrgan:
    """Keeps both networks on the device; frames stream through them."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="realesrgan",
        stage="enhance",
        version="1",
        kind="real",
        environments=("realesrgan",),
        licence="BSD-3-Clause",
        params=("width", "height", "quality", "blend"),
        files=("face/crop.png", "face/face.json", "animate/video.mp4"),
        uses_seed=False,
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
        torch_device.make_deterministic()
        for name, tiling in ((VIDEO, Tiling(1024, 18)), (PORTRAIT, Tiling(512, 24))):
            structure, values = place / f"{name}.param", place / f"{name}.bin"
            self._networks[name] = TorchNetwork(structure, values, tiling)

    def close(self) -> None:
        if self._networks:
            self._networks.clear()
            torch_device.release_memory()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        began = time.monotonic()
        ctx.progress(0.0, "enhancing")
        with _out_of_memory():
            made = self._still if "face/crop.png" in inputs.files else self._video
            part, facts = made(inputs, ctx)
        ctx.progress(1.0)
        facts["seconds"] = round(time.monotonic() - began, 2)
        return Output({part.name: part}, facts)

    def _still(self, inputs: Inputs, ctx: Context) -> tuple[Path, dict[str, Any]]:
        on_gpu = torch_device.device().type == "cuda"
        return still.write(inputs, ctx, self._networks, budget=_BUDGET if on_gpu else 1)

    def _video(self, inputs: Inputs, ctx: Context) -> tuple[Path, dict[str, Any]]:
        part, source = ctx.workdir / "video.mp4", inputs.files["animate/video.mp4"]
        size, quality, blend = still.options(inputs)
        found = streams.video(source)
        seen = (found.width, found.height)
        size = plain.covering(seen, size)
        if quality not in _VIDEO_NETWORKS:
            plain.video(source, part, size, ctx.check, lambda _: None)
            return part, {"model": "lanczos"}
        from gpu_worker.engines.enhance.torch_frames import Enhancement

        model = _VIDEO_NETWORKS[quality]
        encoder = _best_encoder()
        reel = Reel(source, seen, found.frame_rate, part, size, _ENCODERS[encoder])
        work = Enhancement(self._networks[model], seen, size, blend, ctx.check)
        batch = max(1, _BATCH_PIXELS[model] // work.pixels)
        count = reel.run(
            batch,
            work,
            ctx.check,
            lambda done: ctx.progress(0.99 * min(1.0, done / found.packets)),
        )
        return part, {"model": model, "frames": count, "encoder": encoder}


@cache
def _best_encoder() -> str:
    """Try to encode a frame on the GPU: the build may have the encoder and the driver may not."""
    if device_name() == "cpu":
        return _X264
    frame = ("-f", "lavfi", "-i", "color=size=256x256:rate=25", "-frames:v", "1")
    tried = subprocess.run(  # noqa: S603  our own command
        [ffmpeg.executable(), *ffmpeg.QUIET, *frame, *_ENCODERS[_NVENC], "-f", "null", "-"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    return _NVENC if tried.returncode == 0 else _X264


@contextmanager
def _out_of_memory() -> Iterator[None]:
    """Report a full GPU as out of memory, after releasing the memory that torch keeps."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        torch_device.release_memory()
        raise StageOutOfMemory(device=str(torch_device.device())) from error


ENGINE = RealEsrgan
