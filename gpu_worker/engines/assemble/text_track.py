"""The captions as a track of the finished MP4: players list it, and show it when it is chosen."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

_HANDLERS: Final = (b"sbtl", b"text", b"subt")
_ENABLED: Final = 1
_HEAD: Final = 8


def output(track: Path | None, language: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the further input and the further options of an ffmpeg output with a text track.

    The track is WebVTT: of SubRip, ffmpeg would keep `&amp;` as it stands.
    """
    import ffmpeg

    if track is None:
        return [], {}
    tagged = {"metadata:s:s:0": f"language={language}"}
    return [ffmpeg.input(str(track), f="webvtt")["s"]], {"scodec": "mov_text", **tagged}


def switch_off(path: Path) -> None:
    """Mark the text tracks of an MP4 file as not shown unless a viewer chooses them.

    ffmpeg marks the first track of each kind as shown, whatever it is asked for; captions that are
    burned in, or that were not wanted, would appear on top of the picture.
    """
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        for moov in boxes(file, 0, size, b"moov"):
            for trak in boxes(file, *moov, b"trak"):
                if handler(file, *trak) in _HANDLERS:
                    for begin, _ in boxes(file, *trak, b"tkhd"):
                        _disable(file, begin)


def boxes(file: BinaryIO, begin: int, end: int, name: bytes) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the content of each box with this name."""
    at = begin
    while at + _HEAD <= end:
        file.seek(at)
        length, found = struct.unpack(">I4s", file.read(_HEAD))
        head = _HEAD
        if length == 1:
            (length,), head = struct.unpack(">Q", file.read(8)), 2 * _HEAD
        length = length or end - at
        if length < head:
            return
        if found == name:
            yield at + head, min(at + length, end)
        at += length


def handler(file: BinaryIO, begin: int, end: int) -> bytes:
    """Return what a track contains, such as `vide` or `sbtl`."""
    for mdia in boxes(file, begin, end, b"mdia"):
        for at, _ in boxes(file, *mdia, b"hdlr"):
            file.seek(at + 8)  # version, flags and a field that is zero
            return file.read(4)
    return b""


def _disable(file: BinaryIO, at: int) -> None:
    """Clear the flag of a track header; one byte for the version, three for the flags."""
    file.seek(at)
    (value,) = struct.unpack(">I", file.read(4))
    file.seek(at)
    file.write(struct.pack(">I", value & ~_ENABLED))
