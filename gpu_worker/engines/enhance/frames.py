"""A video through a network on a CPU, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engines.enhance.reel import Reel
from gpu_worker.engines.enhance.still import canvas, resized, to_bytes
from gpu_worker.media import streams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gpu_worker.engines.enhance.network import Network


def enhance(
    source: Path,
    target: Path,
    size: tuple[int, int],
    network: Network,
    *,
    pixels: int,
    blend: float,
    check: Callable[[], None],
    on_frame: Callable[[float], None],
) -> int:
    """Write `source` enhanced to `target` and return how many frames it has."""
    found = streams.video(source)

    def work(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        made = _enhanced(frames[0], size, network, pixels=pixels, blend=blend, check=check)
        return made[None]

    reel = Reel(source, (found.width, found.height), found.frame_rate, target, size)
    return reel.run(1, work, check, lambda done: on_frame(min(1.0, done / found.packets)))


def _enhanced(
    pixels_of: NDArray[np.uint8],
    size: tuple[int, int],
    network: Network,
    *,
    pixels: int,
    blend: float,
    check: Callable[[], None],
) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    frame = Image.fromarray(pixels_of)
    factor = min(1.0, math.sqrt(pixels / (frame.width * frame.height)))
    seen = frame
    if factor < 1.0:
        smaller = (round(frame.width * factor), round(frame.height * factor))
        seen = frame.resize(smaller, Image.Resampling.LANCZOS)
    made = resized(network.upscale(np.asarray(seen, np.float32) / 255.0, check), size)
    below = np.asarray(canvas(frame, size), np.float32) / 255.0
    return to_bytes(below + blend * (made - below))
