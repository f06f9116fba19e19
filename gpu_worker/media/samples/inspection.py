"""Check a sample video before it is decoded, and describe it.

ffmpeg opens the file with lists of allowed containers and decoders and a limit of streams; its
description and a copy of the video's packets, which decodes nothing, say the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from gpu_worker.media import ffmpeg
from gpu_worker.subprocesses import child
from tasks.domain.errors import (
    SampleCodec,
    SampleFormat,
    SampleHdr,
    SampleRefused,
    SampleStill,
    SampleStreams,
    SampleTooFast,
    SampleTooLarge,
    SampleTooLong,
    SampleTooShort,
    SampleUnreadable,
    SampleWithoutPicture,
)

VIDEO_CODECS: Final = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4")
AUDIO_CODECS: Final = (
    *("aac", "mp3", "opus", "vorbis", "flac"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_f32le"),
)
_DECODERS: Final = (
    *VIDEO_CODECS,
    *("libdav1d", "libaom-av1", "libvpx", "libvpx-vp9", "libopus", "libvorbis", "mp3float"),
    *AUDIO_CODECS,
)
MOST_STREAMS: Final = 8

ALLOWED: Final = (
    *("-protocol_whitelist", "file,pipe"),
    *("-format_whitelist", "mov,mp4,matroska,webm"),
    *("-codec_whitelist", ",".join(_DECODERS)),
    *("-max_streams", str(MOST_STREAMS), "-max_pixels", "40000000"),
)
"""Input options for every command that opens a sample."""

_STREAM = re.compile(r"^  Stream #0:\d+(?:\[\w+\])?(?:\((\w+)\))?: (\w+): (.+)$", re.MULTILINE)
_SIZE = re.compile(r", (\d{2,5})x(\d{2,5})")
_ASPECT = re.compile(r"SAR (\d+):(\d+)")
_PIXELS = re.compile(r", ((?:yuv|gray|gbr|rgb|bgr|nv|p0)\w*)")
_RATE = re.compile(r", (\d+) Hz")
_LAYOUT = re.compile(r" Hz, ((\d+) channels|[\w.]+)")
_LAYOUTS: Final = {"mono": 1, "stereo": 2, "2.1": 3, "quad": 4, "5.0": 5, "5.1": 6, "7.1": 8}
_ROTATION = re.compile(r"rotation of (-?\d+(?:\.\d+)?) degrees")
_TRANSFERS = ("smpte2084", "arib-std-b67")
_TIME_BASE = re.compile(r"#tb \d+: (\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a sample; the installation may lower them."""

    seconds: float = 60.0
    bytes: int = 200_000_000
    side: int = 4096
    frame_rate: float = 60.0
    shortest: float = 1.0


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """The technical facts of a sample, as a viewer sees it (turned upright)."""

    container: str
    codec: str
    width: int
    height: int
    seconds: float
    frame_rate: float
    variable_rate: bool
    rotation: int
    """Degrees by which players turn the picture: 0, 90, 180 or 270."""
    start: float
    """Seconds before the first picture."""
    audio_codec: str
    """Empty: the sample has no sound."""
    bytes: int
    frames: int = 0
    pixel_format: str = ""
    sample_rate: int = 0
    channels: int = 0

    @property
    def is_upright_9_16(self) -> bool:
        return abs(self.width * 16 - self.height * 9) <= max(self.width, self.height) // 50

    @property
    def warnings(self) -> tuple[str, ...]:
        """What differs from the ideal sample, as codes."""
        found = {
            "OTHER_SHAPE": not self.is_upright_9_16,
            "VARIABLE_RATE": self.variable_rate,
            "ROTATED": bool(self.rotation),
            "NO_SOUND": not self.audio_codec,
        }
        return tuple(code for code, true in found.items() if true)


def inspect(path: Path, check: Callable[[], None], limits: Limits | None = None) -> SampleInfo:
    """Describe a sample; raise the `SampleRefused` that says why it cannot be used."""
    limits = limits or Limits()
    size = path.stat().st_size
    if size > limits.bytes:
        raise SampleTooLarge
    container = _container(path)
    described = _described(path)
    streams = _STREAM.findall(described)
    video, audio = _chosen(streams)
    check()
    times = _Times.read(path)
    width, height = _size(video)
    rotation = _rotation(described)
    if rotation in (90, 270):
        width, height = height, width
    _refuse(video, times, max(width, height), limits)
    return SampleInfo(
        container=container,
        codec=_codec(video),
        width=width,
        height=height,
        seconds=round(times.seconds, 3),
        frame_rate=round(times.rate, 3),
        variable_rate=times.variable,
        rotation=rotation,
        start=round(times.start, 3),
        audio_codec=_codec(audio) if audio else "",
        bytes=size,
        frames=times.packets,
        pixel_format=pixels[1] if (pixels := _PIXELS.search(video)) else "",
        sample_rate=int(rate[1]) if (rate := _RATE.search(audio)) else 0,
        channels=_channels(audio),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """How a video is seen: its size upright and with square pixels."""

    width: int
    height: int
    is_stretched: bool
    """Whether its pixels are not square."""
    is_hdr: bool


def shown(path: Path) -> Shown:
    """Describe how a video is seen; raise `SampleRefused` if it cannot be opened."""
    described = _described(path)
    video, _ = _chosen(_STREAM.findall(described))
    width, height = _size(video)
    coded = _SIZE.search(video)
    is_stretched = coded is not None and int(coded[1]) != width
    if _rotation(described) in (90, 270):
        width, height = height, width
    return Shown(width, height, is_stretched, any(one in video for one in _TRANSFERS))


def _channels(described: str) -> int:
    found = _LAYOUT.search(described)
    return _LAYOUTS.get(found[1], 0) or int(found[2] or 0) if found else 0


def _container(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "mov" if head[8:10] == b"qt" else "mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free"):
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm"
    raise SampleFormat


def _described(path: Path) -> str:
    """Return how ffmpeg describes a file, without decoding more than it must."""
    command = [ffmpeg.executable(), "-hide_banner", "-nostdin", *ALLOWED, "-i", str(path)]
    with child(command) as process:
        _, log = process.communicate()
    text = log.decode("utf-8", "replace")
    if "max_streams" in text:
        raise SampleStreams
    if "codec_whitelist" in text or "not on whitelist" in text:
        raise (SampleFormat if "Format not on whitelist" in text else SampleCodec)
    if "Input #0" not in text:
        raise SampleUnreadable(ffmpeg=text[-1000:])
    return text


_Found = tuple[str, str, str]


def _chosen(streams: Sequence[_Found]) -> tuple[str, str]:
    """Return the description of the video stream and of the first audio stream."""
    if len(streams) > MOST_STREAMS:
        raise SampleStreams
    shown = [what for _, kind, what in streams if kind == "Video"]
    covers = [what for what in shown if "(attached pic)" in what]
    videos = [what for what in shown if what not in covers]
    heard = [what for _, kind, what in streams if kind == "Audio"]
    if not videos:
        raise SampleWithoutPicture if heard else SampleUnreadable
    if len(videos) > 1:
        raise SampleStreams
    if _codec(videos[0]) not in VIDEO_CODECS:
        still = _codec(videos[0]) in ("mjpeg", "png", "webp", "gif", "bmp")
        raise SampleStill if still else SampleCodec
    if heard and _codec(heard[0]) not in AUDIO_CODECS:
        raise SampleCodec
    return videos[0], heard[0] if heard else ""


def _codec(described: str) -> str:
    return described.split(maxsplit=1)[0].strip(",")


def _size(described: str) -> tuple[int, int]:
    """Return the size in square pixels."""
    found = _SIZE.search(described)
    if found is None:
        raise SampleUnreadable(described=described)
    width, height = int(found[1]), int(found[2])
    aspect = _ASPECT.search(described)
    if aspect and int(aspect[2]) and aspect[1] != aspect[2] and int(aspect[1]):
        width = max(2, round(width * int(aspect[1]) / int(aspect[2])))
    return width, height


def _rotation(described: str) -> int:
    """Return the clockwise turn in whole quarters; ffmpeg prints the matrix counter-clockwise."""
    found = _ROTATION.search(described)
    return round(-float(found[1]) / 90) * 90 % 360 if found else 0


def _refuse(video: str, times: _Times, side: int, limits: Limits) -> None:
    if any(transfer in video for transfer in _TRANSFERS):
        raise SampleHdr
    if side > limits.side:
        raise SampleTooLarge
    if times.packets < 2:
        raise SampleStill
    if times.seconds > limits.seconds + 0.1:
        raise SampleTooLong
    if times.seconds < limits.shortest:
        raise SampleTooShort
    # A few frames that lie closer together are how cameras mend a late one.
    if times.rate > limits.frame_rate * 1.01:
        raise SampleTooFast


@dataclass(frozen=True, slots=True)
class _Times:
    """When the pictures of a video are shown."""

    packets: int
    start: float
    seconds: float
    rate: float
    """The usual rate: one divided by the median step."""
    variable: bool

    @classmethod
    def read(cls, path: Path) -> _Times:
        command = [ffmpeg.executable(), *ffmpeg.QUIET, *ALLOWED, "-copyts", "-i", str(path)]
        command += ["-map", "0:V:0", "-c", "copy", "-f", "framecrc", "-"]
        shown: list[int] = []
        tick, last = 0.0, 0
        with child(command) as process:
            report, log = process.communicate()
        if process.returncode != 0 and not report:
            raise SampleUnreadable(ffmpeg=log.decode("utf-8", "replace")[-1000:])
        for line in report.decode("ascii", "replace").splitlines():
            base = _TIME_BASE.match(line)
            if base:
                tick = int(base[1]) / int(base[2])
            elif line and not line.startswith("#"):
                fields = line.split(",")
                shown.append(int(fields[2]))
                last = max(last, int(fields[2]) + int(fields[3]))
        return cls._of(sorted(shown), last, tick)

    @classmethod
    def _of(cls, shown: Sequence[int], end: int, tick: float) -> _Times:
        if len(shown) < 2:
            seconds = (end - shown[0]) * tick if shown else 0.0
            return cls(len(shown), 0.0, seconds, 0.0, variable=False)
        steps = sorted(b - a for a, b in pairwise(shown))
        usual = max(1, steps[len(steps) // 2])
        odd = sum(abs(step - usual) * tick > 0.004 for step in steps)
        seconds = max((end - shown[0]) * tick, (shown[-1] - shown[0] + usual) * tick)
        rate = max(1 / (usual * tick), (len(shown) - 1) / ((shown[-1] - shown[0]) * tick or 1.0))
        variable = odd > 0.02 * len(steps)
        return cls(len(shown), shown[0] * tick, seconds, rate, variable)


REFUSALS: Final = SampleRefused
"""The errors that `inspect` raises."""
