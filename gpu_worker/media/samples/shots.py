"""Find the boundaries of shots: hard cuts, dissolves and fades through black.

A hard cut is a frame that differs from the one before far more than its neighbours do, even if the
picture is moved to where it fits best; a flash is none, because what was seen before returns. In a
dissolve, every frame is a mixture of the first and the last one, in a share that grows steadily;
nothing that moves in one shot behaves so at several points of time at once.

Frames come one at a time and only the latest are kept, so memory does not grow with the length.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from gpu_worker.media.samples.frames import pooled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Small = NDArray[np.float32]

Kind = Literal["cut", "dissolve", "dip"]

_POOL: Final = 4
_HALVES: Final = (3, 4, 6, 8, 11, 15, 20, 26)
"""Half lengths of dissolves that are tried, in frames."""
_KEPT: Final = 4 * _HALVES[-1] + 1
_MIDDLE: Final = 2 * _HALVES[-1]
_REACH: Final = 2
"""Pixels of a pooled frame by which a picture may move between two frames."""
_BINS: Final = 8

_LEAST_CHANGE: Final = 9.0
_CLEARLY: Final = 2.6
"""How many times more than its neighbours the frame after a cut differs."""
_NEIGHBOURS: Final = 6
_FLASH_FRAMES: Final = 5
_RETURNS: Final = 0.45
_COLOURS_CHANGE: Final = 0.18
_SAME_PLACE: Final = 0.75
"""Correlation of two frames above which they show the same."""

_BRIGHTER: Final = 0.93
"""Correlation above which only the light has changed."""

_LEAST_DIFFERENCE: Final = 12.0
_MIXTURE: Final = 0.4
"""The most by which the frames of a dissolve may miss the mixture, as a share of the change; the
rest is what moves in both shots."""
_WEAKER: Final = 0.8
"""Variance of the middle of a dissolve, as a share of that of its ends: two pictures that have
nothing in common weaken each other, and nothing that moves in one shot does that."""
_CALMER: Final = 0.75
"""What changes before and after a dissolve, as a share of what changes in it."""
_LIGHT: Final = 0.12
_LIVELIER: Final = 1.3
_BLACK: Final = 12.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """The end of a shot and the start of the next one."""

    frame: int
    """The first frame of the next shot; in a gradual one, the frame of the middle."""
    kind: Kind = "cut"
    frames: int = 0
    """Length of a gradual transition."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    middle: int
    half: int
    change: float
    miss: float

    @property
    def score(self) -> float:
        return self.change * (1 - self.miss)


class ShotDetector:
    """Takes the frames of a sample in order and returns its boundaries."""

    def __init__(self) -> None:
        self._recent: deque[Small] = deque(maxlen=_KEPT)
        self._dark: list[bool] = []
        self._moved: list[float] = []
        self._colours: list[float] = []
        self._likeness: list[float] = []
        self._flashes: set[int] = set()
        self._candidates: list[_Candidate] = []
        self._histogram: Any = None
        self._count = 0

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Compare a frame with those before it."""
        import numpy as np

        small = pooled(frame, _POOL)
        histogram = _histogram(frame)
        if self._recent:
            before = self._recent[-1]
            self._moved.append(_moved_difference(before, small))
            self._colours.append(float(np.abs(histogram - self._histogram).sum()) / 2)
            self._likeness.append(_likeness(before, small))
            self._note_flashes(small)
        else:
            self._moved.append(0.0)
            self._colours.append(0.0)
            self._likeness.append(1.0)
        self._histogram = histogram
        self._dark.append(bool(small.mean() < _BLACK))
        self._recent.append(small)
        self._count += 1
        self._look_for_dissolve(self._count - 1 - _MIDDLE)

    def boundaries(self) -> list[Boundary]:
        """Return all boundaries in order; call it once, after the last frame."""
        for middle in range(max(0, self._count - _MIDDLE), self._count):
            self._look_for_dissolve(middle)
        cuts = self._cuts()
        gradual = self._gradual(cuts)
        inside = {
            cut.frame
            for cut in cuts
            for one in gradual
            if abs(cut.frame - one.frame) <= one.frames // 2
        }
        kept = [cut for cut in cuts if cut.frame not in inside]
        return sorted((*kept, *gradual), key=lambda one: one.frame)

    @property
    def changes(self) -> list[float]:
        """How much each frame differs from the one before."""
        return self._moved

    def _note_flashes(self, small: Small) -> None:
        """Mark the frames at which something began that is over again now."""
        now = self._count
        for back in range(2, _FLASH_FRAMES + 1):
            start = now - back + 1
            if start < 1 or len(self._recent) < back or self._moved[start] < _LEAST_CHANGE:
                continue
            before = self._recent[-back]
            if _moved_difference(before, small) < _RETURNS * self._moved[start]:
                self._flashes.update((start, now))

    def _cuts(self) -> list[Boundary]:
        import numpy as np

        moved = np.asarray(self._moved)
        found: list[Boundary] = []
        for at in range(1, self._count):
            if moved[at] < _LEAST_CHANGE or at in self._flashes:
                continue
            beside = np.concatenate(
                (moved[max(1, at - _NEIGHBOURS) : at], moved[at + 1 : at + 1 + _NEIGHBOURS])
            )
            usual = float(np.median(beside)) if beside.size else 0.0
            if (
                moved[at] < _CLEARLY * usual + 4.0
                or moved[at] < moved[max(0, at - 2) : at + 3].max()
            ):
                continue
            alike = self._likeness[at]
            if alike > _BRIGHTER or (alike > _SAME_PLACE and self._colours[at] < _COLOURS_CHANGE):
                continue
            found.append(Boundary(at))
        return found

    def _look_for_dissolve(self, middle: int) -> None:
        """Try whether this frame is the middle of a dissolve of some length."""
        if middle < 0:
            return
        fitting = (self._dissolve(middle, half) for half in _HALVES)
        self._candidates += [one for one in fitting if one]

    def _dissolve(self, middle: int, half: int) -> _Candidate | None:
        """Return the dissolve of this length around a frame, if there is one."""
        import numpy as np

        first, last = self._count - len(self._recent), self._count - 1
        if middle - half < first or middle + half > last:
            return None

        def frame(number: int) -> Small:
            return self._recent[min(max(number, first), last) - first]

        start, end = frame(middle - half), frame(middle + half)
        difference = end - start
        change = float(np.abs(difference).mean())
        if change < _LEAST_DIFFERENCE:
            return None
        miss = max(
            float(np.abs(start + share * difference - frame(at)).mean())
            for share, at in _points(middle, half)
        )
        if miss > _MIXTURE * change or not _weakens(start, frame(middle), end):
            return None
        outside = max(
            _moved_difference(frame(middle - 2 * half), start),
            _moved_difference(end, frame(middle + 2 * half)),
        )
        if outside > _CALMER * change or _likeness(start, end) > _SAME_PLACE:
            return None
        return (
            _Candidate(middle, half, change, miss / change)
            if self._is_livelier(middle, half)
            else None
        )

    def _is_livelier(self, middle: int, half: int) -> bool:
        """Return whether more changes from frame to frame in this span than beside it."""
        import numpy as np

        moved = self._moved
        inside = float(np.mean(moved[middle - half + 1 : middle + half + 1]))
        before = moved[max(1, middle - 2 * half) : max(1, middle - half)]
        after = moved[middle + half + 1 : middle + 2 * half + 1]
        beside = [float(np.median(part)) for part in (before, after) if part]
        return not beside or inside > _LIVELIER * sum(beside) / len(beside)

    def _gradual(self, cuts: list[Boundary]) -> list[Boundary]:
        """Return the best candidate of each group that overlaps."""
        sharp = {cut.frame for cut in cuts}
        chosen: list[_Candidate] = []
        for one in sorted(self._candidates, key=lambda c: -c.score):
            span = range(one.middle - one.half + 1, one.middle + one.half + 1)
            if any(at in sharp and self._is_sudden(at, one) for at in span):
                continue
            if all(abs(one.middle - other.middle) > one.half + other.half for other in chosen):
                chosen.append(one)
        found = [Boundary(c.middle, "dissolve", 2 * c.half) for c in chosen]
        return _with_dips(sorted(found, key=lambda b: b.frame), self._dark)

    def _is_sudden(self, at: int, one: _Candidate) -> bool:
        return self._moved[at] > 0.6 * one.change


def _weakens(start: Small, middle: Small, end: Small) -> bool:
    """Return whether a frame has the mean light of two others, and less contrast than they."""
    light = float(start.mean() + end.mean()) / 2
    if abs(float(middle.mean()) - light) > _LIGHT * light + 3.0:
        return False
    ends = float(start.var(axis=(0, 1)).sum() + end.var(axis=(0, 1)).sum()) / 2
    return float(middle.var(axis=(0, 1)).sum()) < _WEAKER * ends


def _points(middle: int, half: int) -> list[tuple[float, int]]:
    quarter = half // 2
    return [
        ((half - quarter) / (2 * half), middle - quarter),
        (0.5, middle),
        ((half + quarter) / (2 * half), middle + quarter),
    ]


def _with_dips(found: list[Boundary], dark: list[bool]) -> list[Boundary]:
    """Join a fade to black and the one from it; drop those at the ends of the sample."""
    joined: list[Boundary] = []
    for one in found:
        begin, end = one.frame - one.frames // 2, one.frame + one.frames // 2
        if all(dark[: max(1, begin + 1)]) or all(dark[min(end, len(dark) - 1) :]):
            continue
        before = joined[-1] if joined else None
        if before and before.kind == "dissolve" and _is_black_between(before, one, dark):
            start = before.frame - before.frames // 2
            joined[-1] = Boundary((start + end) // 2, "dip", end - start)
        else:
            joined.append(one)
    return joined


def _is_black_between(first: Boundary, second: Boundary, dark: list[bool]) -> bool:
    between = dark[first.frame + first.frames // 2 - 2 : second.frame - second.frames // 2 + 3]
    return bool(between) and sum(between) >= 0.6 * len(between)


def _histogram(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    import numpy as np

    levels = (frame >> 5).astype(np.int32)
    index = (levels[..., 0] * _BINS + levels[..., 1]) * _BINS + levels[..., 2]
    counts = np.bincount(index.ravel(), minlength=_BINS**3).astype(np.float32)
    share: NDArray[np.float32] = counts / counts.sum()
    return share


def _moved_difference(before: Small, after: Small) -> float:
    """Return the mean difference of two frames, where one is moved to fit the other best."""
    import numpy as np

    height, width, _ = after.shape
    inner = after[_REACH:-_REACH, _REACH:-_REACH]
    size = (height - 2 * _REACH, width - 2 * _REACH)
    windows: Any = np.lib.stride_tricks.sliding_window_view(before, size, axis=(0, 1))  # type: ignore[call-overload]
    shifted = np.moveaxis(windows, 2, -1)
    return float(np.abs(shifted - inner).mean(axis=(2, 3, 4)).min())


def _likeness(before: Small, after: Small) -> float:
    """Return the correlation of the grey values of two frames."""
    one, other = before.mean(axis=2).ravel(), after.mean(axis=2).ravel()
    one, other = one - one.mean(), other - other.mean()
    sizes = float((one * one).mean()), float((other * other).mean())
    if min(sizes) < 1.0:  # a picture of one colour
        return 1.0 if max(sizes) < 1.0 else 0.0
    return float((one * other).mean()) / math.sqrt(sizes[0] * sizes[1])
