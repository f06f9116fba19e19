"""A picture from its file, and how far a still is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engine import Context
from tasks.domain.errors import InputRefused

if TYPE_CHECKING:
    from PIL.Image import Image


def opened(path: Path) -> Image:
    """A PNG in RGB, or `InputRefused`."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=["PNG"]) as picture:
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise InputRefused("The picture of the face could not be read.", error=str(error)) from None


def share(ctx: Context, number: int, count: int) -> Callable[[float], None]:
    """Progress of one of several regions."""
    return lambda done: ctx.progress((number + done) / count * 0.95)
