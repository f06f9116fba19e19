"""A picture by its header: format, frames and size, before anything decodes it.

17 kB of PNG can hold 144 megapixels (700 MB decoded), so the size is read from the
header and refused here; nothing in the web process ever decodes a picture.
"""

from __future__ import annotations

from PIL import Image, UnidentifiedImageError

from web.uploads.candidate import Candidate, refusal

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
SMALLEST_SIDE = 256
LARGEST_SIDE = 4096

# Pillow would warn above a limit of its own, where we refuse above ours.
Image.MAX_IMAGE_PIXELS = None


def check_picture(candidate: Candidate) -> None:
    try:
        with Image.open(candidate.path, formats=FORMATS) as image:
            width, height, frames = *image.size, getattr(image, "n_frames", 1)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise refusal(
            "structure", "UNREADABLE", "The picture cannot be read.", security=True
        ) from None
    if width * height > MOST_PIXELS:
        raise refusal(
            "structure",
            "TOO_MANY_PIXELS",
            "The picture has more than 40 megapixels.",
            security=True,
        )
    if frames > 1:
        raise refusal("structure", "ANIMATED", "The picture is animated; send a still one.")
    if min(width, height) < SMALLEST_SIDE:
        raise refusal(
            "structure", "TOO_SMALL", f"Each side of the picture needs {SMALLEST_SIDE} pixels."
        )
    if max(width, height) > LARGEST_SIDE:
        raise refusal(
            "structure", "TOO_WIDE", f"No side of the picture may exceed {LARGEST_SIDE} pixels."
        )
