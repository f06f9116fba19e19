"""Read a picture as a person sees it: upright, opaque, RGB with eight bits per channel.

The control plane has re-encoded uploads already, but an engine may get other files, so nothing here
trusts a file.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from tasks.domain.errors import FaceRefused

Rgb = npt.NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
BACKDROP = (124, 128, 134)
"""Background of a transparent picture: a studio grey that suits any hair colour."""


def read_picture(path: Path) -> Rgb:
    """Return the picture as an RGB array; raise `FaceRefused` with the reason."""
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than the one Pillow warns of.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as opened:
                _admit(opened)
                ImageOps.exif_transpose(opened, in_place=True)
                return np.ascontiguousarray(np.asarray(_rgb(opened)))
    except UnidentifiedImageError as error:
        raise FaceRefused("The file is not a JPEG, PNG or WebP picture.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        # Pillow raises SyntaxError for a broken PNG chunk.
        raise FaceRefused("The picture is damaged and cannot be read.", cause=str(error)) from error


def _admit(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise FaceRefused("The picture has more than 40 million pixels. Use a smaller one.")
    if getattr(image, "n_frames", 1) > 1:
        raise FaceRefused("The picture is animated. Use a still picture.")


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    if "A" in image.getbands() or "transparency" in image.info:
        return _on_backdrop(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Convert a 16-bit grey picture, which Pillow would clip to white."""
    values: npt.NDArray[Any] = np.asarray(image).astype(np.float32)
    top = 65535.0 if values.max() > 255 else 255.0
    scaled: Rgb = np.clip(values * (255.0 / top) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(scaled)


def _on_backdrop(image: Image.Image) -> Image.Image:
    """Composite a transparent picture: dropping alpha would reveal hidden colours."""
    layer = image.convert("RGBA")
    canvas = Image.new("RGBA", layer.size, (*BACKDROP, 255))
    return Image.alpha_composite(canvas, layer).convert("RGB")
