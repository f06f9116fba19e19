"""Place the scenes in time, counted in frames; picture, sound and captions follow it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gpu_worker.media.captions.cues import Word
from gpu_worker.media.streams import Stream

CROSSFADE = 0.4
"""Seconds two scenes overlap."""
_MARGIN = 0.06
"""Seconds added to the reported end of a word, which voices tend to report early."""


@dataclass(frozen=True, slots=True)
class Take:
    """A scene as the stages made it: picture, speech and words."""

    video: Path
    speech: Path
    picture: Stream
    seconds: float
    """Length of the speech."""
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """A take on the timeline; `hold` of its frames repeat the last one."""

    take: Take
    first: int
    frames: int
    hold: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """All shots in order; `fade` frames of each lie under the next."""

    shots: tuple[Shot, ...]
    rate: Fraction
    fade: int

    @property
    def frames(self) -> int:
        return self.shots[-1].first + self.shots[-1].frames

    def seconds(self, frames: int) -> float:
        return float(frames / self.rate)

    @property
    def duration(self) -> float:
        return self.seconds(self.frames)


def plan(takes: Sequence[Take], rate: Fraction, crossfade: bool) -> Timeline:
    """Place the takes one after the other.

    A shot lasts until both its picture and its speech have ended. A crossfade uses the silence
    around the join. If that is too short, the last frame is held longer, so that no word is faded
    and no two words overlap.
    """
    shown = [math.floor(take.picture.seconds * rate + Fraction(1, 2)) for take in takes]
    needed = [
        max(frames, math.ceil(take.seconds * rate - Fraction(1, 1000)))
        for frames, take in zip(shown, takes, strict=True)
    ]
    fade = _fade(needed, rate) if crossfade and len(takes) > 1 else 0
    shots: list[Shot] = []
    first = 0
    for index, take in enumerate(takes):
        frames = needed[index]
        if fade and index + 1 < len(takes):
            quiet = _tail(take, float(frames / rate)) + _head(takes[index + 1])
            frames += max(0, fade - math.floor(quiet * rate))
        shots.append(Shot(take, first, frames, max(0, frames - shown[index])))
        first += frames - fade
    return Timeline(tuple(shots), rate, fade)


def _fade(needed: Sequence[int], rate: Fraction) -> int:
    return max(1, min(round(CROSSFADE * rate), min(needed) // 2))


def _tail(take: Take, seconds: float) -> float:
    return max(0.0, seconds - take.words[-1].end - _MARGIN) if take.words else 0.0


def _head(take: Take) -> float:
    return max(0.0, take.words[0].start) if take.words else 0.0
