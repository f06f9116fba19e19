"""Name what is wrong with a finished video, by what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gpu_worker.media.delivery.marks import Mark
from gpu_worker.media.delivery.measuring import Boundary, Expected, Measured
from gpu_worker.media.soundtrack.levelling import LOUDNESS

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
_SDR: Final = ("", "bt709", "bt470bg", "smpte170m")
_PLAYABLE: Final = ("h264", "yuv420p")

Rules = Iterable[tuple[str, bool, str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a code for programs, and a clause for people."""

    code: str
    reason: str


def faults(measured: Measured, expected: Expected) -> list[Fault]:
    """Return everything for which a video must not be delivered."""
    if measured.width == 0:
        return [Fault("picture", "it has no picture")]
    return [
        Fault(code, reason)
        for rules in (_format, _picture, _sound)
        for code, wrong, reason in rules(measured, expected)
        if wrong
    ]


def _format(measured: Measured, expected: Expected) -> Rules:
    size, wanted = (measured.width, measured.height), (expected.width, expected.height)
    yield (
        "size",
        size != wanted,
        f"it is {size[0]} x {size[1]} pixels instead of {wanted[0]} x {wanted[1]}",
    )
    yield (
        "shape",
        size[0] * 16 != size[1] * 9 or not measured.square,
        "its shape is not exactly 9:16",
    )
    is_hdr = measured.pixel_format.endswith(("10le", "12le")) or measured.colours not in _SDR
    yield "hdr", is_hdr, "it is not in standard dynamic range (SDR)"
    yield (
        "format",
        not is_hdr and (measured.codec, measured.pixel_format) != _PLAYABLE,
        "it is not in a format that every player supports",
    )
    yield "long", measured.seconds >= LONGEST, "it lasts 60 seconds or more"
    yield (
        "length",
        abs(measured.seconds - expected.seconds) > _SLACK,
        f"it lasts {measured.seconds:.2f} s instead of {expected.seconds:.2f} s",
    )


def _picture(measured: Measured, expected: Expected) -> Rules:
    black = _longest(_unplanned_black(measured.black, expected.boundaries))
    frozen = _longest(measured.frozen)
    still = max(_FROZEN_SECONDS, _FROZEN_SHARE * measured.seconds)
    yield "black", black > _BLACK_SECONDS, f"it is black for {black:.1f} s"
    yield "frozen", frozen > still, f"its picture is frozen for {frozen:.1f} s"
    yield "scenes", bool(measured.misplaced), _wrong_scenes(measured.misplaced)
    yield (
        "mark",
        measured.mark is not None and bool(expected.boundaries),
        f"it shows a foreign logo or watermark{_place(measured.mark)}",
    )


def _sound(measured: Measured, expected: Expected) -> Rules:
    if measured.sample_rate == 0:
        yield "sound", True, "it has no sound"
        return
    is_silent = (
        measured.loudness < -45 or measured.silent_seconds > _SILENT_SHARE * measured.seconds
    )
    yield "silence", is_silent and not expected.silent, "its sound is silent"
    yield (
        "loudness",
        measured.loudness >= -45 and abs(measured.loudness - LOUDNESS) > _LOUDNESS,
        f"its loudness is {measured.loudness:.1f} LUFS instead of {LOUDNESS:.0f}",
    )
    off = max(
        abs(measured.audio_offset), abs(measured.tail_offset) - 0.1, abs(measured.lateness or 0.0)
    )
    yield "offset", off > _OFFSET, f"sound and picture are {off:.2f} s apart"


def warnings(measured: Measured) -> list[str]:
    """Return what a person may want to look at, although the video can be delivered."""
    found = [
        f"the picture hardly changes where scene {number + 1} begins"
        for number in measured.unchanged
    ]
    found += [
        f"a voice speaks in scene {number + 1}, and the mouth of the person does not move"
        for number in measured.still_mouths
    ]
    if measured.mark is not None:
        found.append(f"something stands still while the picture moves{_place(measured.mark)}")
    frozen = _longest(measured.frozen)
    if frozen > _WARNED_FROZEN:
        found.append(f"the picture stands still for {frozen:.1f} s")
    return found


def _place(mark: Mark | None) -> str:
    return f" {mark.place}" if mark else ""


def _wrong_scenes(misplaced: Mapping[int, int | None]) -> str:
    said = [
        f"scene {number + 1} does not show its clip"
        if other is None
        else f"scene {number + 1} shows the clip of scene {other + 1}"
        for number, other in sorted(misplaced.items())
    ]
    return " and ".join(said)


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
