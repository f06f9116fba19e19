"""Place the scenes of a video in time, counted in frames; picture, sound and captions follow it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from tasks.domain.planner import FRAMES_PER_SECOND
from tasks.domain.video_plan import OVERLAPPING

RATE: Final = FRAMES_PER_SECOND
"""Frames a second of every finished video."""
_NEAR: Final = 0.4
"""Seconds by which a boundary moves to a beat at most."""
_SHORTEST: Final = 1.2
"""Seconds of a scene that a moved boundary must leave."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A scene on the timeline: its first frame, its length, and how it follows the one before."""

    first: int
    frames: int
    transition: str = "cut"
    over: int = 0
    """Frames of the transition: an overlap with the scene before, or a dip around its start."""

    @property
    def start(self) -> float:
        return self.first / RATE

    @property
    def seconds(self) -> float:
        return self.frames / RATE

    @property
    def overlap(self) -> int:
        """Frames in which the scene before is seen too."""
        return self.over if self.transition in OVERLAPPING else 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """All scenes in order."""

    scenes: tuple[Placed, ...]

    @property
    def frames(self) -> int:
        return self.scenes[-1].first + self.scenes[-1].frames

    @property
    def seconds(self) -> float:
        return self.frames / RATE

    @property
    def boundaries(self) -> tuple[float, ...]:
        """The seconds at which a scene gives way to the next: the middle of an overlap."""
        return tuple((one.first + one.overlap // 2) / RATE for one in self.scenes[1:])

    def to_list(self) -> list[dict[str, Any]]:
        return [asdict(scene) for scene in self.scenes]

    @classmethod
    def from_list(cls, raw: Sequence[Mapping[str, Any]]) -> Timeline:
        return cls(tuple(Placed(**scene) for scene in raw))


def place(entries: Sequence[Mapping[str, Any]], beats: Sequence[float] = ()) -> Timeline:
    """Return the timeline of the entries that `tasks.domain.project_planner` makes.

    With beats, each boundary moves to the nearest one, where that leaves room for both scenes.
    """
    starts = [round(float(entry["start"]) * RATE) for entry in entries]
    last = entries[-1]
    whole = round((float(last["start"]) + float(last["seconds"])) * RATE)
    joins = [_join(entry, number) for number, entry in enumerate(entries)]
    shared = [over if kind in OVERLAPPING else 0 for kind, over in joins]
    middles = [start + part // 2 for start, part in zip(starts, shared, strict=True)][1:]
    if beats:
        middles = _moved(middles, whole, beats)
    firsts = [0, *(m - part // 2 for m, part in zip(middles, shared[1:], strict=True))]
    ends = [first + part for first, part in zip(firsts[1:], shared[1:], strict=True)] + [whole]
    return Timeline(
        tuple(
            Placed(first, end - first, kind, over)
            for first, end, (kind, over) in zip(firsts, ends, joins, strict=True)
        )
    )


def _join(entry: Mapping[str, Any], number: int) -> tuple[str, int]:
    transition = entry.get("transition") or {}
    over = round(float(transition.get("seconds", 0)) * RATE)
    kind = str(transition.get("kind", "cut"))
    return (kind, over) if number and over and kind != "cut" else ("cut", 0)


def _moved(middles: Sequence[int], whole: int, beats: Sequence[float]) -> list[int]:
    """Move each boundary to the nearest beat that leaves room for both scenes."""
    found: list[int] = []
    ordered = sorted(beats)
    least = round(_SHORTEST * RATE)
    for number, middle in enumerate(middles):
        low = (found[-1] if found else 0) + least
        high = (middles[number + 1] if number + 1 < len(middles) else whole) - least
        beat = round(_nearest(middle / RATE, ordered) * RATE)
        near = abs(beat - middle) <= _NEAR * RATE
        found.append(beat if near and low <= beat <= high else middle)
    return found


def _nearest(moment: float, beats: Sequence[float]) -> float:
    at = bisect_left(beats, moment)
    return min(beats[max(0, at - 1) : at + 1], key=lambda beat: abs(beat - moment))
