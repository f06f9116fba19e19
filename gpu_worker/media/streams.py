"""Read the streams of a media file with ffmpeg alone, because not every machine has ffprobe.

ffmpeg copies every packet into its `framecrc` report, which gives exact times and
counts in a stable format; only the pixel format is read from its log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from gpu_worker.media import ffmpeg
from gpu_worker.subprocesses import child
from tasks.domain.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Stream:
    """One track: its start, its length and its format."""

    kind: str
    codec: str
    start: float
    seconds: float
    packets: int
    bytes: int
    width: int = 0
    height: int = 0
    pixel_format: str = ""
    colours: str = ""
    """The declared colours (`bt709`); empty if none are declared."""
    sample_rate: int = 0
    header: str = ""
    """Size and checksum of the codec's header: equal ones can be joined without encoding."""

    @property
    def frame_rate(self) -> Fraction:
        return Fraction(self.packets / self.seconds).limit_denominator(1001)


@dataclass(slots=True)
class _Track:
    facts: dict[str, str] = field(default_factory=dict)
    first: int | None = None
    end: int = 0
    packets: int = 0
    bytes: int = 0

    def add(self, shown: int, duration: int, size: int) -> None:
        self.first = shown if self.first is None else min(self.first, shown)
        self.end = max(self.end, shown + duration)
        self.packets += 1
        self.bytes += size


_HEADER = re.compile(r"#(\w+) (\d+): +(.*)")
_PIXELS = re.compile(r"Stream #0:\d+.*Video: \w+.*?, ((?:yuv|gray|gbr|rgb|bgr)\w*)(?:\(([^)]*)\))?")
_COLOURS = re.compile(r"bt\d\w*|smpte\w+|fcc|gbr")


def read_streams(path: Path) -> tuple[Stream, ...]:
    """Return the streams of a file; raise `InputRefused` if there are none that can be read."""
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-copyts", "-i", str(path), "-map", "0:V?"]
    command += ["-map", "0:a?", "-c:v", "copy", "-c:a", "pcm_s16le", "-f", "framecrc", "-"]
    with child(command) as process:
        report, log = process.communicate()
    messages = log.decode("utf-8", "replace")
    if process.returncode != 0:
        raise ffmpeg.failure(process.returncode, messages)
    tracks = _tracks(report.decode("ascii", "replace").splitlines())
    streams = tuple(_stream(t, messages) for t in tracks if t.packets)
    if not streams:
        raise InputRefused("One of the media files is empty.")
    return streams


def of_kind(streams: Iterable[Stream], kind: str) -> Stream | None:
    """Return the first stream of a kind, `video` or `audio`."""
    return next((stream for stream in streams if stream.kind == kind), None)


def video(path: Path) -> Stream:
    """Return the video track of a file; raise `InputRefused` without one."""
    found = of_kind(read_streams(path), "video")
    if found is None:
        raise InputRefused("One of the scenes has no picture.")
    return found


def _tracks(lines: Iterable[str]) -> list[_Track]:
    tracks: dict[int, _Track] = {}
    for line in lines:
        header = _HEADER.match(line)
        if header:
            tracks.setdefault(int(header[2]), _Track()).facts[header[1]] = header[3]
        elif line and not line.startswith("#"):
            index, _decoded, shown, duration, size = (int(x) for x in line.split(",")[:5])
            tracks.setdefault(index, _Track()).add(shown, duration, size)
    return [tracks[index] for index in sorted(tracks)]


def _stream(track: _Track, messages: str) -> Stream:
    facts = track.facts
    kind = facts["media_type"]
    tick = Fraction(facts["tb"])
    width, height = (int(x) for x in facts.get("dimensions", "0x0").split("x"))
    first = track.first or 0
    pixels = _PIXELS.search(messages) if kind == "video" else None
    colours = _COLOURS.search(pixels[2] or "") if pixels else None
    return Stream(
        kind=kind,
        codec=facts["codec_id"],
        start=float(first * tick),
        seconds=float((track.end - first) * tick),
        packets=track.packets,
        bytes=track.bytes,
        width=width,
        height=height,
        pixel_format=pixels[1] if pixels else "",
        colours=colours[0] if colours else "",
        sample_rate=int(facts.get("sample_rate", 0)),
        header=facts.get("extradata", ""),
    )
