"""Measure a finished video, and name what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gpu_worker.media import ffmpeg, streams
from gpu_worker.media.delivery import marks
from gpu_worker.media.delivery.marks import Mark
from gpu_worker.media.soundtrack.levelling import LOUDNESS, integrated

LONGEST: Final = 60.0
_OFFSET: Final = 0.08
_SLACK: Final = 0.06
_LOUDNESS: Final = 1.5
_BLACK_SECONDS: Final = 1.0
_FROZEN_SECONDS, _FROZEN_SHARE = 4.0, 0.5
"""A still scene is a choice of style; most of a video that stands still is a fault."""
_WARNED_FROZEN: Final = 1.5
_DIP: Final = 0.9
"""Seconds around a boundary with a dip in which black is what the plan asks for."""
_SILENT_SHARE: Final = 0.85
_CHANGED: Final = 6.0
"""Mean difference of two frames from which they show different things."""
_MARK_FRAMES: Final = 48
_BLACK = re.compile(r"black_start: *([\d.]+) black_end: *([\d.]+)")
_FROZEN = re.compile(r"freeze_(start|end): *([\d.]+)")
_SILENT = re.compile(r"silence_duration: *([\d.]+)")
_FILTERS: Final = (
    "scale=320:-2:flags=fast_bilinear,"
    "blackdetect=d=0.1:pix_th=0.08:pic_th=0.985,freezedetect=n=-65dB:d=1"
)


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where a scene begins: its second, and the length of its transition."""

    at: float
    kind: str = "cut"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What the plan promises."""

    width: int
    height: int
    seconds: float
    boundaries: tuple[Boundary, ...] = ()
    silent: bool = False
    """No voice, music or effect is planned."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in the file."""

    width: int
    height: int
    seconds: float
    frame_rate: float
    codec: str
    pixel_format: str
    sample_rate: int
    audio_offset: float
    tail_offset: float
    loudness: float
    silent_seconds: float
    black: tuple[tuple[float, float], ...]
    frozen: tuple[tuple[float, float], ...]
    unchanged: tuple[int, ...]
    """Boundaries, counted from 1, at which the picture does not change."""
    mark: Mark | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a code for programs, and a clause for people."""

    code: str
    reason: str


def measure(path: Path, expected: Expected, check: Callable[[], None]) -> Measured:
    """Decode a finished video twice, and measure it."""
    found = streams.read_streams(path)
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    if picture is None:
        nothing = (0, 0, 0.0, 0.0, "", "", 0, 0.0, 0.0, -70.0, 0.0)
        return Measured(*nothing, black=(), frozen=(), unchanged=(), mark=None)
    check()
    sound = ["-af", "silencedetect=n=-45dB:d=0.5,ebur128=framelog=verbose"] if heard else []
    log = ffmpeg.run(["-i", str(path), "-vf", _FILTERS, *sound, "-f", "null", "-"], check=check)
    rate = min(12.5, max(5.0, _MARK_FRAMES / max(1.0, picture.seconds)))
    greys = marks.frames_of(path, (picture.width, picture.height), rate, check)
    return Measured(
        width=picture.width,
        height=picture.height,
        seconds=round(picture.seconds, 3),
        frame_rate=round(float(picture.frame_rate), 3),
        codec=picture.codec,
        pixel_format=picture.pixel_format,
        sample_rate=heard.sample_rate if heard else 0,
        audio_offset=round(heard.start - picture.start, 3) if heard else 0.0,
        tail_offset=round(heard.start + heard.seconds - picture.start - picture.seconds, 3)
        if heard
        else 0.0,
        loudness=integrated(log) if heard else -70.0,
        silent_seconds=round(sum(float(s) for s in _SILENT.findall(log)), 3),
        black=tuple((float(a), float(b)) for a, b in _BLACK.findall(log)),
        frozen=_frozen(log, picture.seconds),
        unchanged=_unchanged(greys, rate, expected.boundaries),
        mark=marks.find(greys),
    )


def faults(measured: Measured, expected: Expected) -> list[Fault]:
    """Return everything for which a video must not be delivered."""
    wanted = f"{expected.width} x {expected.height}"
    has_sound = measured.sample_rate > 0
    black = _longest(_unplanned_black(measured.black, expected.boundaries))
    frozen = _longest(measured.frozen)
    still = max(_FROZEN_SECONDS, _FROZEN_SHARE * measured.seconds)
    off = max(abs(measured.audio_offset), abs(measured.tail_offset) - 0.1)
    rules = (
        ("picture", measured.width == 0, "it has no picture"),
        (
            "size",
            (measured.width, measured.height) != (expected.width, expected.height),
            f"it is {measured.width} x {measured.height} pixels instead of {wanted}",
        ),
        ("shape", measured.width * 16 != measured.height * 9, "its shape is not 9:16"),
        ("long", measured.seconds >= LONGEST, "it lasts 60 seconds or more"),
        (
            "length",
            abs(measured.seconds - expected.seconds) > _SLACK,
            f"it lasts {measured.seconds:.2f} s instead of {expected.seconds:.2f} s",
        ),
        ("black", black > _BLACK_SECONDS, f"it is black for {black:.1f} s"),
        ("frozen", frozen > still, f"its picture is frozen for {frozen:.1f} s"),
        ("sound", not has_sound, "it has no sound"),
        (
            "silence",
            has_sound
            and not expected.silent
            and (
                measured.loudness < -45
                or measured.silent_seconds > _SILENT_SHARE * measured.seconds
            ),
            "its sound is silent",
        ),
        (
            "loudness",
            has_sound
            and measured.loudness >= -45
            and abs(measured.loudness - LOUDNESS) > _LOUDNESS,
            f"its loudness is {measured.loudness:.1f} LUFS instead of {LOUDNESS:.0f}",
        ),
        ("offset", has_sound and off > _OFFSET, f"sound and picture are {off:.2f} s apart"),
        (
            "mark",
            measured.mark is not None and bool(expected.boundaries),
            f"it shows a foreign logo or watermark{_place(measured.mark)}",
        ),
    )
    return [Fault(code, reason) for code, wrong, reason in rules if wrong]


def warnings(measured: Measured) -> list[str]:
    """Return what a person may want to look at, although the video can be delivered."""
    found = [
        f"the picture hardly changes where scene {number + 1} begins"
        for number in measured.unchanged
    ]
    if measured.mark is not None:
        found.append(f"something stands still while the picture moves{_place(measured.mark)}")
    frozen = _longest(measured.frozen)
    if frozen > _WARNED_FROZEN:
        found.append(f"the picture stands still for {frozen:.1f} s")
    return found


def _place(mark: Mark | None) -> str:
    return f" {mark.place}" if mark else ""


def _unchanged(greys: Any, rate: float, boundaries: Sequence[Boundary]) -> tuple[int, ...]:
    """Return the boundaries at which the same is seen before and after."""
    import numpy as np

    found = []
    for number, boundary in enumerate(boundaries, start=1):
        reach = boundary.seconds / 2 + 1 / rate
        before = int((boundary.at - reach) * rate)
        after = round((boundary.at + reach) * rate + 0.5)
        if before < 0 or after >= len(greys):
            continue
        one, other = (greys[n][::4, ::4].astype(np.float32) for n in (before, after))
        if float(np.abs(one - other).mean()) < _CHANGED:
            found.append(number)
    return tuple(found)


def _frozen(log: str, seconds: float) -> tuple[tuple[float, float], ...]:
    found, start = [], None
    for kind, at in _FROZEN.findall(log):
        if kind == "start":
            start = float(at)
        elif start is not None:
            found.append((start, float(at)))
            start = None
    if start is not None:
        found.append((start, seconds))
    return tuple(found)


def _unplanned_black(
    black: Sequence[tuple[float, float]], boundaries: Sequence[Boundary]
) -> list[tuple[float, float]]:
    dips = [boundary.at for boundary in boundaries if boundary.kind == "dip"]
    return [
        (start, end)
        for start, end in black
        if not any(dip - _DIP <= start and end <= dip + _DIP for dip in dips)
    ]


def _longest(spans: Sequence[tuple[float, float]]) -> float:
    return max((end - start for start, end in spans), default=0.0)
