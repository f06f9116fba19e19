"""Run a Real-ESRGAN network on the CPU: fourfold upscaling by tiles, with checks for a stop."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engines.enhance.ncnn_graph import to_onnx
from gpu_worker.engines.enhance.tiling import SCALE, Tiling, tiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.float32]

_CHECK_MS = 200
"""Milliseconds between two checks for a stop."""


class Network:
    """A loaded network, in bfloat16 if the processor supports it."""

    def __init__(self, structure: Path, weights: Path, tiling: Tiling) -> None:
        from openvino import Core

        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16",
            "INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0)),
        }
        model = Core().read_model(to_onnx(structure, weights))
        self._request = Core().compile_model(model, "CPU", options).create_infer_request()
        self._tiling = tiling

    def upscale(
        self,
        picture: Pixels,
        check: Callable[[], None],
        on_part: Callable[[float], None] | None = None,
    ) -> Pixels:
        """Upscale a picture (height x width x 3, values 0 to 1) fourfold in both directions."""
        import numpy as np

        height, width, _ = picture.shape
        result = np.empty((height * SCALE, width * SCALE, 3), np.float32)
        parts = list(tiles(width, height, self._tiling))
        for number, (inner, outer) in enumerate(parts, 1):
            made = self._infer(picture[outer[1] : outer[3], outer[0] : outer[2]], check)
            left, top = (inner[0] - outer[0]) * SCALE, (inner[1] - outer[1]) * SCALE
            x0, y0, x1, y1 = (edge * SCALE for edge in inner)
            result[y0:y1, x0:x1] = made[top : top + y1 - y0, left : left + x1 - x0]
            if on_part:
                on_part(number / len(parts))
        return np.clip(result, 0.0, 1.0, out=result)

    def _infer(self, tile: Pixels, check: Callable[[], None]) -> Pixels:
        import numpy as np

        planes = np.ascontiguousarray(tile.transpose(2, 0, 1)[None])
        self._request.start_async({"data": planes}, share_inputs=True)
        try:
            while not self._request.wait_for(_CHECK_MS):
                check()
        except BaseException:
            self._stop()
            raise
        made: Pixels = self._request.get_output_tensor().data[0].transpose(1, 2, 0)
        return made

    def _stop(self) -> None:
        """Cancel the running request; waiting for a cancelled request raises."""
        self._request.cancel()
        with suppress(RuntimeError):
            self._request.wait()
