"""Find what a picture is about: what differs most from the colours around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tasks.domain.sample_facts import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GRID: Final = 32
_MOST: Final = 0.85
"""A box that is larger than this share of a side says nothing."""


def saliency(picture: NDArray[np.uint8]) -> Any:
    """Return a grid of how much each place differs from the whole picture, 0 to 1."""
    import numpy as np

    height, width = picture.shape[:2]
    rows = np.linspace(0, height, _GRID + 1).astype(int)
    columns = np.linspace(0, width, _GRID + 1).astype(int)
    sums = np.add.reduceat(picture.astype(np.float32), rows[:-1], axis=0)
    sums = np.add.reduceat(sums, columns[:-1], axis=1)
    areas = np.outer(np.diff(rows), np.diff(columns))[..., None]
    cells = sums / np.maximum(areas, 1)
    different = np.linalg.norm(cells - cells.mean(axis=(0, 1)), axis=2)
    padded = np.pad(cells, ((3, 3), (3, 3), (0, 0)), "edge")
    windows: Any = np.lib.stride_tricks.sliding_window_view(padded, (7, 7), axis=(0, 1))  # type: ignore[call-overload]
    around = windows.mean(axis=(3, 4))
    local = np.linalg.norm(cells - around, axis=2)
    y, x = np.mgrid[-1 : 1 : _GRID * 1j, -1 : 1 : _GRID * 1j]
    central = np.exp(-(x * x + y * y) / 1.2)
    score = (different + 2 * local) * central
    top = float(score.max())
    return score / top if top > 0 else score


def salient(picture: NDArray[np.uint8]) -> Box | None:
    """Return the box of what stands out; None if nothing does."""
    import numpy as np

    score = saliency(picture)
    strong = score * (score >= 0.55)
    total = float(strong.sum())
    if total <= 0:
        return None
    sides = []
    for axis in (0, 1):
        share = np.cumsum(strong.sum(axis=axis)) / total
        first, last = int(np.searchsorted(share, 0.1)), int(np.searchsorted(share, 0.9))
        sides.append((first / _GRID, (last + 1 - first) / _GRID))
    (left, width), (top, height) = sides
    if width > _MOST and height > _MOST:
        return None
    return Box(round(left, 4), round(top, 4), round(min(1.0, width), 4), round(min(1.0, height), 4))
