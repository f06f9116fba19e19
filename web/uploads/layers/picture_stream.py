"""Count the parts of a picture file before a decoder reads it.

A file of ten megabytes can have a million chunks or a hundred scans of one large picture; either
would cost a decoder minutes. Only lengths and markers are read; packed texts are unpacked in
`picture_child`. Damaged files pass, because the decoder refuses them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from web.uploads.candidate import Candidate, refusal

MOST_CHUNKS: Final = 10_000
"""Chunks of a PNG, including those that contain its pixels."""
MOST_EXTRAS: Final = 128
"""Chunks of a PNG or WebP that contain anything but pixels."""
LARGEST_EXTRA: Final = 4 * 1024**2
"""Bytes of all those chunks."""
MOST_SCANS: Final = 40
"""Scans of a JPEG; programs write 1, or about 10 for a progressive one."""
MOST_SEGMENTS: Final = 600
"""Segments of a JPEG; a large colour profile takes up to 255."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MARKER: Final = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""Any marker except stuffed bytes and restarts, which belong to the pixels."""
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01


def check_picture_stream(candidate: Candidate) -> None:
    """Refuse a picture with more parts than real pictures have."""
    data = candidate.path.read_bytes()
    check = _CHECKS.get(candidate.extension, _check_jpeg)
    if not check(data):
        raise refusal(
            "structure",
            "TOO_COMPLEX",
            "The picture has too many parts or too much metadata. Save it again.",
            security=True,
        )


def _check_png(data: bytes) -> bool:
    extras = extra_bytes = 0
    for chunks, (name, length) in enumerate(_png_chunks(data), 1):
        if name != b"IDAT":
            extras += 1
            extra_bytes += length
        if chunks > MOST_CHUNKS or extras > MOST_EXTRAS:
            return False
        if extra_bytes > LARGEST_EXTRA:
            return False
    return True


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield name and length of each chunk, up to the end of the picture or the file."""
    at = len(_PNG)
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, min(length, len(data) - at - 8)
        if name == b"IEND":
            return
        at += 12 + length


def _check_webp(data: bytes) -> bool:
    at, extras, extra_bytes = 12, 0, 0
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        extras += 1
        extra_bytes += 0 if name in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF") else length
        if extras > MOST_EXTRAS or extra_bytes > LARGEST_EXTRA:
            return False
        at += 8 + length + length % 2
    return True


def _check_jpeg(data: bytes) -> bool:
    scans = segments = at = 0
    while (found := _MARKER.search(data, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            return True
        if marker in (_SOI, _TEM):
            continue
        segments += 1
        scans += marker == _SOS
        if scans > MOST_SCANS or segments > MOST_SEGMENTS:
            return False
        if at + 2 <= len(data):
            at += max(2, struct.unpack_from(">H", data, at)[0])
    return True


def _check_boxes(data: bytes) -> bool:
    """Check a HEIC or AVIF, whose pixels are in `mdat`; its decoder limits the parts within."""
    at = boxes = extra_bytes = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if length == 1 and at + 16 <= len(data):
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        length = length if length >= 8 else len(data) - at
        boxes += 1
        extra_bytes += 0 if name == b"mdat" else min(length, len(data) - at)
        if boxes > MOST_EXTRAS or extra_bytes > LARGEST_EXTRA:
            return False
        at += length
    return True


_CHECKS: Final = {
    ".png": _check_png,
    ".webp": _check_webp,
    ".heic": _check_boxes,
    ".heif": _check_boxes,
    ".avif": _check_boxes,
}
