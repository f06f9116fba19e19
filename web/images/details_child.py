"""Measure a picture; run by path in a confined child process.

    python -I details_child.py CLEAN [SOURCE]

It prints JSON: the size and the difference hash of the clean copy, and the fields of SOURCE's EXIF
that say nothing about the person or the place. Everything else in EXIF is ignored, and the clean
copy has none of it.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from typing import Any, Final

from PIL import ExifTags, Image

FIELDS: Final = {
    **{"Make": ExifTags.Base.Make, "Model": ExifTags.Base.Model},
    **{"DateTimeOriginal": ExifTags.Base.DateTimeOriginal, "LensModel": ExifTags.Base.LensModel},
    **{"ExposureTime": ExifTags.Base.ExposureTime, "FNumber": ExifTags.Base.FNumber},
    **{"ISOSpeedRatings": ExifTags.Base.ISOSpeedRatings},
    **{"FocalLength": ExifTags.Base.FocalLength, "Orientation": ExifTags.Base.Orientation},
}
LONGEST: Final = 64
_ODD: Final = re.compile(r"[^\x20-\x7e]")


def main(clean: str, source: str = "") -> None:
    """Print what is known about a picture."""
    Image.MAX_IMAGE_PIXELS = None  # the clean copy is within our limits; SOURCE is not decoded
    with Image.open(clean, formats=("JPEG", "PNG")) as picture:
        width, height = picture.size
        bits = _difference_hash(picture)
    exif = _exif(source) if source else {}
    print(json.dumps({"width": width, "height": height, "hash": bits, "exif": exif}))  # noqa: T201


def _difference_hash(picture: Image.Image) -> int:
    """Return 64 bits: whether each of 8 x 8 places is darker than the one to its right."""
    small = picture.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    darker = (small[9 * y + x] < small[9 * y + x + 1] for y in range(8) for x in range(8))
    return sum(1 << place for place, is_darker in enumerate(darker) if is_darker)


def _exif(source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with suppress(ImportError):  # without it, the file was refused before
        import pi_heif

        pi_heif.register_heif_opener()
    with suppress(Exception), Image.open(source) as picture:
        exif = picture.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        for name, tag in FIELDS.items():
            value = _harmless(inner.get(tag, exif.get(tag)))
            if value is not None:
                found[name] = value
    return found


def _harmless(value: Any) -> str | int | float | None:
    """Return a number or a short text; nothing else is kept."""
    if isinstance(value, str):
        return _ODD.sub("", value).strip()[:LONGEST] or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**31 else None
    with suppress(TypeError, ValueError, ZeroDivisionError):
        number = round(float(value), 6)
        return number if abs(number) < 1e9 else None
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
