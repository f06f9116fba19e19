"""Count the parts of a sound file (chunks, tags, covers, pages) before a decoder reads it.

Only lengths are read. Damaged files pass, because the decoder refuses them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import IO, Final

from web.uploads.candidate import Candidate, refusal

MOST_PARTS: Final = 512
"""Chunks of a WAV, frames of an MP3's tags, or metadata blocks of a FLAC."""
MOST_COVERS: Final = 16
LARGEST_EXTRA: Final = 16 * 1024**2
"""Bytes of everything except sound."""
MOST_PAGES: Final = 60_000
"""Pages of an Ogg: a hundred a second for ten minutes."""
MOST_STREAMS: Final = 4
MOST_BOXES: Final = 20_000
"""Boxes of an MP4, including a pair for each fragment."""
DEEPEST_BOX: Final = 12
MOST_ELEMENTS: Final = 100_000
"""Elements of a WebM: each packet of sound is one."""
_EBML_NESTED: Final = (b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75")
"""Segment and cluster."""
_EBML_SOUND: Final = (b"\xa3", b"\xa0")
"""Blocks of sound."""
_NESTED: Final = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf", b"moof", b"traf")
)


class _TooMuch(Exception):
    """The file has more parts than real recordings have."""


def check_sound_stream(candidate: Candidate) -> None:
    """Refuse a recording with more parts than real recordings have."""
    try:
        with candidate.path.open("rb") as file:
            _CHECKS[candidate.extension](file, candidate.path.stat().st_size)
    except _TooMuch:
        raise refusal(
            "structure",
            "TOO_COMPLEX",
            "The recording has too many parts or too much metadata. Save it again.",
            security=True,
        ) from None


def _limit(*pairs: tuple[int, int]) -> None:
    if any(found > most for found, most in pairs):
        raise _TooMuch


def _check_wav(file: IO[bytes], size: int) -> None:
    at, chunks, extra = 12, 0, 0
    order = ">" if file.read(4) == b"RIFX" else "<"
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        chunks += 1
        extra += 0 if name == b"data" else min(length, size - at)
        _limit((chunks, MOST_PARTS), (extra, LARGEST_EXTRA))
        at += 8 + length + length % 2


def _check_mp3(file: IO[bytes], size: int) -> None:
    _skip_tags(file, size)


def _skip_tags(file: IO[bytes], size: int) -> int:
    """Return the position after the ID3 tags at the start of the file."""
    at = tags = frames = covers = 0
    while at + 10 <= size:
        file.seek(at)
        head = file.read(10)
        if head[:3] != b"ID3":
            break
        tags += 1
        length = _syncsafe(head[6:10])
        _limit((at + length, LARGEST_EXTRA), (tags, MOST_COVERS))
        for name in _frames(file.read(length), head[3]):
            frames += 1
            covers += name in (b"APIC", b"PIC")
            _limit((frames, MOST_PARTS), (covers, MOST_COVERS))
        at += 10 + length
    return at


def _frames(body: bytes, version: int) -> list[bytes]:
    """List the frame names of one tag, but not many more than the limit."""
    names: list[bytes] = []
    wide = 3 if version == 2 else 4
    at = 0
    while at + 2 * wide <= len(body) and body[at] and len(names) <= MOST_PARTS:
        raw = body[at + wide : at + 2 * wide]
        length = _syncsafe(raw) if version == 4 else int.from_bytes(raw, "big")
        names.append(body[at : at + wide])
        at += 2 * wide + (0 if wide == 3 else 2) + length
    return names


def _syncsafe(raw: bytes) -> int:
    """Decode a number that uses seven bits of each byte."""
    number = 0
    for byte in raw:
        number = number << 7 | byte & 0x7F
    return number


def _check_flac(file: IO[bytes], size: int) -> None:
    at = _skip_tags(file, size)
    begin, blocks, covers = at, 0, 0
    file.seek(at)
    if file.read(4) != b"fLaC":
        return
    at += 4
    last = False
    while not last and at + 4 <= size:
        file.seek(at)
        head = file.read(4)
        if blocks and not head[0] & 0x7F:
            return  # the stream's description comes first and only once
        last = bool(head[0] & 0x80)
        blocks += 1
        covers += head[0] & 0x7F == 6
        at += 4 + int.from_bytes(head[1:], "big")
        _limit((blocks, MOST_PARTS), (covers, MOST_COVERS), (at - begin, LARGEST_EXTRA))


def _check_ogg(file: IO[bytes], size: int) -> None:
    at = pages = streams = 0
    while at + 27 <= size:
        file.seek(at)
        head = file.read(27)
        if head[:4] != b"OggS":
            return
        pages += 1
        streams += bool(head[5] & 2)
        at += 27 + head[26] + sum(file.read(head[26]))
        _limit((pages, MOST_PAGES), (streams, MOST_STREAMS))


def _check_mp4(file: IO[bytes], size: int) -> None:
    boxes = extra = 0
    pending = [(0, size, 0)]
    while pending:
        at, end, depth = pending.pop()
        while at + 8 <= end:
            file.seek(at)
            length, name = struct.unpack(">I4s", file.read(8))
            head = 8
            if length == 1 and at + 16 <= end:
                length, head = int.from_bytes(file.read(8), "big"), 16
            length = length if length >= head else end - at
            boxes += 1
            extra += 0 if name == b"mdat" or depth else min(length, end - at)
            _limit((boxes, MOST_BOXES), (depth, DEEPEST_BOX), (extra, LARGEST_EXTRA))
            if name in _NESTED:
                pending.append((at + head, min(at + length, end), depth + 1))
            at += length


def _check_webm(file: IO[bytes], size: int) -> None:
    """Check the elements of a segment and its clusters, which browsers write without a length."""
    at = elements = extra = 0
    while at < size:
        file.seek(at)
        head = file.read(12)
        wide = _ebml_width(head)
        name, rest = head[:wide], head[wide:]
        wide_length = _ebml_width(rest)
        if wide > 4 or not 0 < wide_length <= len(rest):
            return
        at += wide + wide_length
        elements += 1
        if name not in _EBML_NESTED:
            mask = (1 << 7 * wide_length) - 1
            length = int.from_bytes(rest[:wide_length], "big") & mask
            if length == mask:  # unknown
                return
            extra += 0 if name in _EBML_SOUND else min(length, size - at)
            at += length
        _limit((elements, MOST_ELEMENTS), (extra, LARGEST_EXTRA))


def _ebml_width(raw: bytes) -> int:
    """Return the bytes of a number, whose first byte says it by its leading zeros."""
    return 9 - raw[0].bit_length() if raw else 0


_CHECKS: Final[dict[str, Callable[[IO[bytes], int], None]]] = {
    ".wav": _check_wav,
    ".mp3": _check_mp3,
    ".flac": _check_flac,
    ".ogg": _check_ogg,
    ".oga": _check_ogg,
    ".opus": _check_ogg,
    ".m4a": _check_mp4,
    ".mp4": _check_mp4,
    ".webm": _check_webm,
}
