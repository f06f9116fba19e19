"""Enhance the picture of a clip whose model warps it, once and before the clip is rendered.

It is the rule of animators (`EngineSpec.warps_still`): every frame shows pixels of the still, so
enhancing it is enough, and costs a second and not one for each frame. A picture that need not be
enlarged stays as it is.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image

from config.stages import STAGES
from gpu_worker.clips import camera, renderer
from gpu_worker.clips.talking import Take, first_engine
from gpu_worker.models.registry import Registry
from tasks.domain.errors import InputRefused
from tasks.domain.hosted import ClipOrder, frame_size

_STAGE: Final = "enhance"


def engine_of(registry: Registry, order: ClipOrder, picture: bytes) -> str:
    """Name the engine that enhances the picture of a clip here; empty: it is not enhanced."""
    if _enlarged(order, _size_of(picture)) is None:
        return ""
    try:
        offer = first_engine(registry, _STAGE, STAGES[_STAGE].engines)
    except InputRefused:
        return ""
    return f"{offer.name} {offer.version}"


def enhanced(
    registry: Registry, order: ClipOrder, picture: bytes, folder: Path, check: Callable[[], None]
) -> bytes:
    """Return the picture as large as the clip needs it; as it is where no engine works."""
    if not engine_of(registry, order, picture):
        return picture
    upright = Image.fromarray(renderer.read_picture(picture))
    wanted = _enlarged(order, upright.size)
    if wanted is None:
        return picture
    crop = folder / "crop.png"
    upright.save(crop, compress_level=1)
    take = Take(registry, order, 0, folder, lambda _: check())
    take.files = {"face/crop.png": crop}
    take.run(_STAGE, STAGES[_STAGE].engines, {"width": wanted[0], "height": wanted[1]})
    return take.files[f"{_STAGE}/still.png"].read_bytes()


def _size_of(picture: bytes) -> tuple[int, int]:
    """Return the size of a picture, before it is turned upright."""
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            return opened.size
    except (OSError, ValueError):
        return 1 << 20, 1 << 20  # the renderer says what is wrong with it


def _enlarged(order: ClipOrder, size: tuple[int, int]) -> tuple[int, int] | None:
    """Return the size that a picture needs for the frames of a clip; None if it is large enough."""
    scale = camera.covering(size, frame_size(order.ratio, order.resolution))
    if scale <= 1:
        return None
    return round(size[0] * scale), round(size[1] * scale)
