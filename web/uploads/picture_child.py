"""Decode a picture completely and re-encode it; run by path in a confined child process.

    python -I picture_child.py SOURCE CLEAN PREVIEW

The result is upright, opaque RGB in sRGB and keeps nothing of the source but its pixels. The header
is checked before anything is decoded, because 17 kB of PNG can contain 144 megapixels (700 MB
decoded). The exit status says what is wrong (`STATUSES`); any other status is a crash.
"""

from __future__ import annotations

import errno
import io
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageOps

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF")
MOST_PIXELS: Final = 50_000_000
"""Phones take pictures of 48 megapixels."""
SMALLEST_SIDE: Final = 256
LARGEST_SIDE: Final = 4096
"""Larger pictures are scaled down."""
STATUSES: Final = {
    3: "UNDECODABLE",
    4: "NO_SPACE",
    10: "UNREADABLE",
    11: "TOO_MANY_PIXELS",
    12: "ANIMATED",
    13: "TOO_SMALL",
    15: "TOO_COMPLEX",
}
_STATUS_OF: Final = {name: status for status, name in STATUSES.items()}
LARGEST_EXTRA: Final = 4 * 1024**2
"""Unpacked bytes of each colour profile of a PNG, and of all its texts."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
BACKDROP: Final = (124, 128, 134)
"""The background of transparent pictures: a grey that suits hair of any colour."""
PREVIEW_SIDE: Final = 512


def main(source: str, clean: str, preview: str) -> int:
    """Write the clean picture and its preview, and return the exit status."""
    problem = (
        _packed_problem(source) or _header_problem(source) or _re_encode(source, clean, preview)
    )
    return 0 if problem is None else _STATUS_OF[problem]


def _packed_problem(source: str) -> str | None:
    """Refuse a PNG with texts or a colour profile that unpack to more than real ones do."""
    texts = 0
    for name, body in _packed_chunks(Path(source).read_bytes()):
        unpacked = _unpacked(body, name)
        texts += 0 if name == b"iCCP" else unpacked
        if max(unpacked, texts) > LARGEST_EXTRA:
            return "TOO_COMPLEX"
    return None


def _packed_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and body of each chunk with packed text; `picture_stream` limits their number."""
    at = len(_PNG)
    while data.startswith(_PNG) and at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name in (b"zTXt", b"iTXt", b"iCCP"):
            yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _unpacked(body: bytes, name: bytes) -> int:
    """Return the unpacked size of a text or profile, or a size above the limit."""
    rest = body.partition(b"\0")[2]
    if name == b"iTXt":
        flag, rest = rest[:1], rest[2:]
        rest = rest.partition(b"\0")[2].partition(b"\0")[2]
        if flag != b"\1":
            return len(rest)
    else:
        rest = rest[1:]  # the compression method; there is only one
    try:
        return len(zlib.decompressobj().decompress(rest, LARGEST_EXTRA + 1))
    except zlib.error:
        return 0  # the decoder will refuse or ignore it


def _header_problem(source: str) -> str | None:
    # Pillow would only warn above its own limit; the limit is enforced below.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(source, formats=_formats(source)) as opened:
            width, height, frames = *opened.size, _frames(opened)
    except (OSError, ValueError, SyntaxError, EOFError):
        return "UNREADABLE"
    if width * height > MOST_PIXELS:
        return "TOO_MANY_PIXELS"
    if frames > 1:
        return "ANIMATED"
    return "TOO_SMALL" if _shrunk_side(width, height) < SMALLEST_SIDE else None


def _shrunk_side(width: int, height: int) -> float:
    """Return the shorter side of the clean picture."""
    return min(width, height) * min(1.0, LARGEST_SIDE / max(width, height))


def _formats(source: str) -> tuple[str, ...]:
    """Return the formats that may decode a file; HEIF has a decoder of its own."""
    with Path(source).open("rb") as file:
        head = file.read(12)
    if head[4:8] != b"ftyp" or head[8:12] in (b"avif", b"avis"):
        return FORMATS
    import pi_heif

    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = False
    pi_heif.register_heif_opener()
    return ("HEIF",)


def _frames(picture: Image.Image) -> int:
    """Return the number of frames; the further pictures of a HEIF are no animation."""
    return 1 if picture.format == "HEIF" else getattr(picture, "n_frames", 1)


def _re_encode(source: str, clean: str, preview: str) -> str | None:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(source, formats=_formats(source)) as opened:
            opened.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # JPEG: decodes a fraction, if it can
            opened.load()
            eight = _shrunk(_eight_bits(opened))
            ImageOps.exif_transpose(eight, in_place=True)
            picture = _opaque(_in_srgb(eight))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as broken:
        sys.stderr.write(type(broken).__name__)
        return "UNDECODABLE"
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)  # pixels, and no `info`; a third of the time of `frombytes`
    try:
        _save(bare, clean, preview)
    except OSError as failed:
        return "NO_SPACE" if failed.errno in (errno.ENOSPC, errno.EDQUOT) else "UNDECODABLE"
    return None


def _shrunk(picture: Image.Image) -> Image.Image:
    """Scale a picture down to the largest side that is kept."""
    if max(picture.size) <= LARGEST_SIDE:
        return picture
    if picture.mode in ("P", "PA", "1"):  # colour numbers cannot be averaged
        picture = picture.convert("RGBA")
    scale = LARGEST_SIDE / max(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    small = picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.info = dict(picture.info)
    return small


def _save(bare: Image.Image, clean: str, preview: str) -> None:
    if clean.endswith(".png"):
        bare.save(clean, "PNG", compress_level=4)
    else:
        bare.save(clean, "JPEG", quality=95, subsampling=0)  # `optimize` costs four times as much
    bare.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    bare.save(preview, "JPEG", quality=85)


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Convert a picture from its own colour profile to sRGB; ignore a broken profile."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK"):
        return picture
    try:
        profile_in = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, profile_in, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted if converted is not None else picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Convert sixteen-bit grey to eight bits; Pillow's own conversion clips it to white."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    wide = picture.convert("I")
    narrow = wide.point(lambda value: value * (1 / 257) + 0).convert("L")
    narrow.info = dict(picture.info)
    return narrow


def _opaque(picture: Image.Image) -> Image.Image:
    """Compose a transparent picture onto the backdrop, so that hidden colours stay hidden."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, (*BACKDROP, 255)), layer).convert(
        "RGB"
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
