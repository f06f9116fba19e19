"""Compress the bodies of messages: the rest of a job's canvas shrinks to a seventh.

kombu's own decompression has no limit, so a message of some kilobytes could fill the memory of a
worker.
"""

from __future__ import annotations

import zlib
from typing import Final

from kombu import compression

NAME: Final = "zlib"
CONTENT_TYPE: Final = "application/x-gzip"
"""How kombu names zlib in the header of a message."""
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a body; the canvas of a thousand scenes has two million."""
_LEVEL: Final = 1
"""A fifth faster than the default, for three per cent more bytes."""


def install() -> None:
    """Use this for all messages that this process sends and receives."""
    compression.register(compress, decompress, CONTENT_TYPE, aliases=["gzip", NAME])  # type: ignore[no-untyped-call]


def compress(body: str | bytes) -> bytes:
    """Compress a body."""
    return zlib.compress(body.encode() if isinstance(body, str) else body, _LEVEL)


def decompress(data: bytes) -> bytes:
    """Decompress a body; raise `ValueError` if it is damaged or too large."""
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(data, LARGEST)
    except zlib.error as damage:
        raise ValueError("the body is not compressed") from damage
    if not inflater.eof:
        raise ValueError("the body is too large or cut off")
    return body
