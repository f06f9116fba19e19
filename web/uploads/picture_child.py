"""Run by its path in a confined child: decode one picture whole and write it anew.

    python -I picture_child.py SOURCE CLEAN PREVIEW

The result is upright, opaque RGB in sRGB with none of the source's bytes beside its pixels.
Exit status 3 says that the picture is broken; anything else unusual is a crash.
"""

from __future__ import annotations

import io
import sys
from typing import Final

from PIL import Image, ImageCms, ImageOps

FORMATS: Final = ("JPEG", "PNG", "WEBP")
BROKEN: Final = 3
BACKDROP: Final = (124, 128, 134)
"""What shows through a transparent picture: a studio grey, kind to hair of any colour."""
PREVIEW_SIDE: Final = 512


def main(source: str, clean: str, preview: str) -> int:
    Image.MAX_IMAGE_PIXELS = 40_000_000
    try:
        with Image.open(source, formats=FORMATS) as opened:
            opened.load()
            picture = _opaque(_eight_bits(_in_srgb(ImageOps.exif_transpose(opened))))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as broken:
        sys.stderr.write(type(broken).__name__)
        return BROKEN
    bare = Image.frombytes("RGB", picture.size, picture.tobytes())  # pixels, and no `info`
    if clean.endswith(".png"):
        bare.save(clean, "PNG", compress_level=4)
    else:
        bare.save(clean, "JPEG", quality=95, subsampling=0, optimize=True)
    bare.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    bare.save(preview, "JPEG", quality=85)
    return 0


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The colours that the picture's own profile means; a broken profile means nothing."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK"):
        return picture
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ours = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(picture, meant, ours, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return turned if turned is not None else picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Pillow's own conversion clips sixteen bits of grey to white."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    wide = picture.convert("I")
    return wide.point(lambda value: value * (1 / 257) + 0).convert("L")


def _opaque(picture: Image.Image) -> Image.Image:
    """Transparent pixels keep hidden colours: laid on a backdrop, not uncovered."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, (*BACKDROP, 255)), layer).convert(
        "RGB"
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
