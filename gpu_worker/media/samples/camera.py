"""Measure how the camera moves in a shot, and how much moves in front of it.

Blocks of two frames are compared by phase correlation. One least-squares fit of a shift, a zoom and
a turn to the blocks is the movement of the camera; what the fit leaves is movement in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.float32]

BLOCK: Final = 32
"""Pixels of a side of a block; it sees movements up to half of it."""
_STEP: Final = 16
_FLAT: Final = 3.0
"""Standard deviation of the grey values below which a block shows nothing to follow."""
_CLEAR: Final = 0.08
"""Height of the peak of the correlation from which a block counts."""
_FEWEST: Final = 4
_STILL: Final = 0.012
"""Of the frame's side a second: what is slower does not count as a movement."""
_ZOOM: Final = 0.02
"""A change in size by this share a second counts as one."""
_FULL: Final = 0.35
"""The movement a second that counts as full strength."""


@dataclass(frozen=True, slots=True)
class Step:
    """The movement between two frames, in pixels of the small frame and shares."""

    right: float
    down: float
    zoom: float
    """Growth of what is seen, as a share."""
    turn: float
    residual: float
    """Pixels by which the blocks part from the movement of the camera."""
    clear: float
    """The share of blocks that could be followed."""


@dataclass(frozen=True, slots=True)
class Movement:
    """The camera in one shot, by the names of `tasks.domain.video_plan.CAMERA_MOVES`."""

    move: str
    strength: float
    confidence: float
    motion: float
    """How much moves beside the camera, 0 to 1."""


def step(before: Grey, after: Grey) -> Step:
    """Return the movement between two grey frames."""
    import numpy as np

    places, one, other = _blocks(before, after)
    if not len(places):
        return Step(0, 0, 0, 0, 0, 0)
    shifts, heights = _shifts(one, other)
    deviations = np.minimum(one.std(axis=(1, 2)), other.std(axis=(1, 2)))
    good = (heights > _CLEAR) & (deviations > _FLAT)
    share = float(good.mean())
    if good.sum() < _FEWEST:
        return Step(0, 0, 0, 0, 0, share)
    return _fitted(places[good], shifts[good], share)


def _blocks(before: Grey, after: Grey) -> tuple[Any, Any, Any]:
    import numpy as np

    height, width = before.shape
    corners = [
        (y, x)
        for y in range(0, height - BLOCK + 1, _STEP)
        for x in range(0, width - BLOCK + 1, _STEP)
    ]
    one = np.stack([before[y : y + BLOCK, x : x + BLOCK] for y, x in corners])
    other = np.stack([after[y : y + BLOCK, x : x + BLOCK] for y, x in corners])
    centre = np.array([height / 2, width / 2])
    places = np.array(corners, np.float64) + BLOCK / 2 - centre
    return places, one, other


def _shifts(one: Any, other: Any) -> tuple[Any, Any]:
    """Return the shift (down, right) of each block to parts of a pixel, and how clear it is."""
    import numpy as np

    window = np.outer(np.hanning(BLOCK), np.hanning(BLOCK)).astype(np.float32)

    def spectrum(blocks: Any) -> Any:
        return np.fft.rfft2((blocks - blocks.mean(axis=(1, 2), keepdims=True)) * window)

    cross = spectrum(other) * np.conj(spectrum(one))
    cross /= np.abs(cross) + 1e-3
    plane = np.fft.irfft2(cross, s=(BLOCK, BLOCK))
    flat = plane.reshape(len(plane), -1)
    peak = flat.argmax(axis=1)
    y, x = np.divmod(peak, BLOCK)
    index = np.arange(len(plane))

    def refined(along: Any, low: Any, high: Any) -> Any:
        top = plane[index, y, x]
        bend = low - 2 * top + high
        part = np.where(np.abs(bend) > 1e-6, 0.5 * (low - high) / np.where(bend, bend, 1), 0.0)
        where = along + np.clip(part, -0.5, 0.5)
        return np.where(where > BLOCK / 2, where - BLOCK, where)

    down = refined(y, plane[index, (y - 1) % BLOCK, x], plane[index, (y + 1) % BLOCK, x])
    right = refined(x, plane[index, y, (x - 1) % BLOCK], plane[index, y, (x + 1) % BLOCK])
    return np.stack((down, right), axis=1), plane[index, y, x]


def _fitted(places: Any, shifts: Any, share: float) -> Step:
    """Fit the camera's movement to the shifts, and again without those that part from it."""
    import numpy as np

    keep = np.ones(len(places), bool)
    answer = np.zeros(4)
    miss = np.zeros(len(places))
    for _ in range(3):
        y, x = places[keep, 0], places[keep, 1]
        zeros, ones = np.zeros_like(x), np.ones_like(x)
        rows = np.concatenate(
            (np.stack((ones, zeros, x, -y), axis=1), np.stack((zeros, ones, y, x), axis=1))
        )
        values = np.concatenate((shifts[keep, 1], shifts[keep, 0]))
        answer = np.linalg.lstsq(rows, values, rcond=None)[0]
        right = answer[0] + answer[2] * places[:, 1] - answer[3] * places[:, 0]
        down = answer[1] + answer[2] * places[:, 0] + answer[3] * places[:, 1]
        miss = np.hypot(shifts[:, 1] - right, shifts[:, 0] - down)
        keep = miss <= max(0.7, 2.5 * float(np.median(miss)))
        if keep.sum() < _FEWEST:
            break
    right, down, zoom, turn = (float(value) for value in answer)
    return Step(right, down, zoom, turn, float(miss.mean()), share)


def judge(steps: Sequence[Step], seconds_a_step: float, side: int) -> Movement:
    """Name the movement of a shot from the steps between its frames."""
    import numpy as np

    usable = [one for one in steps if one.clear > 0.1]
    motion = float(np.mean([one.residual for one in steps])) / seconds_a_step / side if steps else 0
    shown = round(min(1.0, motion / _FULL), 3)
    if not usable:
        return Movement("static", 0.0, 0.0, shown)
    speed = 1 / seconds_a_step
    right, down = (
        np.array([getattr(one, name) for one in usable]) * speed / side
        for name in ("right", "down")
    )
    zoom = np.array([one.zoom for one in usable]) * speed
    sizes = {"pan": abs(right.mean()), "tilt": abs(down.mean()), "zoom": abs(zoom.mean()) / 2}
    kind = max(sizes, key=lambda name: sizes[name])
    jitter = float(np.hypot(right.std(), down.std()))
    least = _ZOOM / 2 if kind == "zoom" else _STILL
    values = {"pan": right, "tilt": down, "zoom": zoom / 2}[kind]
    steady = float((np.sign(values) == np.sign(values.mean())).mean())
    certain = round(float(np.mean([one.clear for one in usable])) * len(usable) / len(steps), 3)
    if sizes[kind] < least or steady < 0.65:
        if jitter > 2.5 * _STILL:
            return Movement("handheld", round(min(1.0, jitter / _FULL), 3), certain, shown)
        return Movement("static", 0.0, certain, shown)
    # What is seen moves to the left if the camera pans to the right.
    names = {
        "pan": "pan_right" if values.mean() < 0 else "pan_left",
        "tilt": "tilt_down" if values.mean() < 0 else "tilt_up",
        "zoom": "push_in" if values.mean() > 0 else "pull_out",
    }
    strength = round(min(1.0, float(sizes[kind]) / _FULL), 3)
    return Movement(names[kind], strength, round(certain * steady, 3), shown)
