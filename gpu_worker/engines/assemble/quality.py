"""Check the finished file; refuse it if a viewer would find it broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gpu_worker.engines.assemble.sound import RATE
from gpu_worker.media import ffmpeg, fingerprints, streams
from gpu_worker.media.fingerprints import Samples
from gpu_worker.media.soundtrack.levelling import LOUDNESS, integrated
from tasks.domain.errors import ResultRefused

_BLACK = re.compile(r"black_duration: *([\d.]+)")
_FROZEN_START = re.compile(r"freeze_start: *([\d.]+)")
_FROZEN_END = re.compile(r"freeze_end: *([\d.]+)")
_SILENT = re.compile(r"silence_duration: *([\d.]+)")

_VIDEO_CHECKS = (
    "scale=320:-2:flags=fast_bilinear,"
    "blackdetect=d=0.2:pix_th=0.08:pic_th=0.985,freezedetect=n=-70dB:d=1"
)
_ENOUGH = ("-skip_frame", "noref")
"""Frames that no other frame is made from are not decoded: each lies between two that are, which
show what is black or frozen as well."""
_POSTER = "trim=end=2,thumbnail=n=50"
"""The poster: the most ordinary frame of the first two seconds."""
_AUDIO_CHECKS = "silencedetect=n=-45dB:d=0.5,ebur128=framelog=verbose"


@dataclass(frozen=True, slots=True)
class Expected:
    """The size and length that the plan promises."""

    width: int
    height: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The measurements of the finished file."""

    width: int
    height: int
    duration: float
    frame_rate: float
    video_codec: str
    pixel_format: str
    sample_rate: int
    audio_offset: float
    """Seconds the sound begins after the picture."""
    tail_offset: float
    """Seconds the sound ends after the picture."""
    loudness: float
    black_seconds: float
    longest_freeze: float
    silent_seconds: float
    faststart: bool


def inspect(path: Path, poster: Path, samples: Samples, check: Callable[[], None]) -> Report:
    """Measure a finished file and write its poster and its samples, decoding it once at most."""
    found = streams.read_streams(path)
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    if picture is None or heard is None:
        missing = "picture" if picture is None else "sound"
        raise ResultRefused(f"The finished video has no {missing}.", reason="streams")
    graph = (
        f"[0:v]split=3[all][first][small];[all]{_VIDEO_CHECKS}[seen];[first]{_POSTER}[chosen];"
        f"[small]{fingerprints.PICTURE_FILTER}[frames];[0:a]asplit[whole][mono];"
        f"[whole]{_AUDIO_CHECKS}[heard];[mono]{fingerprints.SOUND_FILTER}[sounds]"
    )
    watched = ["-map", "[seen]", "-map", "[heard]", "-f", "null", "-"]
    chosen = ["-map", "[chosen]", "-frames:v", "1", "-update", "1", "-q:v", "2", str(poster)]
    sampled = ["-map", "[frames]", *samples.to_picture(), "-map", "[sounds]", *samples.to_sound()]
    outputs = [*watched, *chosen, *sampled]
    decoded = [*_ENOUGH, "-i", str(path), "-filter_complex", graph, *outputs]
    said = ffmpeg.run(decoded, check=check)
    return Report(
        width=picture.width,
        height=picture.height,
        duration=round(picture.seconds, 3),
        frame_rate=round(float(picture.frame_rate), 3),
        video_codec=picture.codec,
        pixel_format=picture.pixel_format,
        sample_rate=heard.sample_rate,
        audio_offset=round(heard.start - picture.start, 3),
        tail_offset=round(heard.start + heard.seconds - picture.start - picture.seconds, 3),
        loudness=integrated(said),
        black_seconds=_total(_BLACK, said),
        longest_freeze=_longest_freeze(said, picture.seconds),
        silent_seconds=_total(_SILENT, said),
        faststart=faststart(path),
    )


def judge(report: Report, expected: Expected) -> dict[str, Any]:
    """Return the content of `quality.json`; raise `ResultRefused` for the first fault."""
    for reason, wrong, sentence in _faults(report, expected):
        if wrong:
            raise ResultRefused(sentence, reason=reason, **asdict(report))
    return {"passed": True, "warnings": list(_warnings(report)), **asdict(report)}


def _faults(report: Report, expected: Expected) -> Iterator[tuple[str, bool, str]]:
    size = (report.width, report.height)
    yield (
        "size",
        size != (expected.width, expected.height),
        f"The finished video is {size[0]} x {size[1]} pixels instead of "
        f"{expected.width} x {expected.height}.",
    )
    yield (
        "format",
        (report.video_codec, report.pixel_format, report.sample_rate) != ("h264", "yuv420p", RATE),
        "The finished video is not in a format that every player supports.",
    )
    yield (
        "duration",
        abs(report.duration - expected.seconds) > 0.03,
        f"The finished video lasts {report.duration:.1f} s instead of {expected.seconds:.1f} s.",
    )
    yield (
        "offset",
        abs(report.audio_offset) > 0.06 or abs(report.tail_offset) > 0.15,
        "Sound and picture of the finished video are out of sync.",
    )
    yield (
        "black",
        report.black_seconds > max(0.4, 0.05 * report.duration),
        f"The finished video is black for {report.black_seconds:.1f} s.",
    )
    yield (
        "frozen",
        report.longest_freeze > max(1.5, min(4.0, 0.5 * report.duration)),
        f"The picture of the finished video is frozen for {report.longest_freeze:.1f} s.",
    )
    yield (
        "silent",
        report.loudness < -45 or report.silent_seconds > 0.85 * report.duration,
        "The finished video is silent.",
    )
    yield ("faststart", not report.faststart, "The finished video cannot be played while loading.")


def _warnings(report: Report) -> Iterator[str]:
    if abs(report.loudness - LOUDNESS) > 1:
        yield f"loudness {report.loudness:.1f} LUFS"
    if report.longest_freeze > 0:
        yield f"still for {report.longest_freeze:.1f} s"
    if report.silent_seconds > 0.4 * report.duration:
        yield f"silent for {report.silent_seconds:.1f} s in all"


def faststart(path: Path) -> bool:
    """Return whether the index (`moov`) comes before the data (`mdat`)."""
    order = [kind for kind, _ in boxes(path)]
    return "moov" in order and "mdat" in order and order.index("moov") < order.index("mdat")


def boxes(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the top-level boxes of an MP4 file with their sizes."""
    at, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            elif size == 0:
                size = end - at
            if size < 8:
                return
            yield head[4:8].decode("latin-1"), size
            at += size


def _total(pattern: re.Pattern[str], said: str) -> float:
    return round(sum(float(seconds) for seconds in pattern.findall(said)), 3)


def _longest_freeze(said: str, duration: float) -> float:
    starts = [float(x) for x in _FROZEN_START.findall(said)]
    ends = [float(x) for x in _FROZEN_END.findall(said)]
    ends += [duration] * (len(starts) - len(ends))
    return round(max((b - a for a, b in zip(starts, ends, strict=True)), default=0.0), 3)
