"""A Real-ESRGAN network on the CPU: four times the size, tile by tile, stoppable at any time."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpu_worker.engines.enhance.ncnn_graph import to_onnx
from gpu_worker.engines.enhance.tiling import SCALE, Tiling, tiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.float32]

_LOOK_AROUND = 0.2


class Network:
    """One loaded network."""

    def __init__(self, structure: Path, weights: Path, tiling: Tiling) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        # A thread that spins takes the core from the ffmpeg that waits for the frame.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._run_options = onnxruntime.RunOptions
        self._session = onnxruntime.InferenceSession(
            to_onnx(structure, weights), options, providers=["CPUExecutionProvider"]
        )
        self._tiling = tiling
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")

    def close(self) -> None:
        self._thread.shutdown()

    def upscale(
        self,
        picture: Pixels,
        check: Callable[[], None],
        on_part: Callable[[float], None] | None = None,
    ) -> Pixels:
        """Height x width x 3 between 0 and 1, four times larger in both directions."""
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
        options = self._run_options()
        running: Future[Any] = self._thread.submit(
            self._session.run, None, {"data": planes}, options
        )
        try:
            while not wait([running], _LOOK_AROUND).done:
                check()
        except BaseException:
            options.terminate = True
            wait([running])
            raise
        made: Pixels = running.result()[0][0].transpose(1, 2, 0)
        return made
