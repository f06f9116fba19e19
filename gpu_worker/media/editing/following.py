"""Follow the subject of a clip, so that a crop to another shape keeps it in sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gpu_worker.media import faces
from gpu_worker.media.editing.clips import THUMBS_A_SECOND, Clip
from gpu_worker.media.samples.subject import saliency

_DEAD: Final = 0.05
"""Share of the width by which the subject moves before the crop follows."""
_FASTEST: Final = 0.16
"""Of the width a second."""
_FACES_EVERY: Final = 3
_MOST_POINTS: Final = 60


@dataclass(frozen=True, slots=True)
class Path:
    """Where the middle of a crop is: moments in seconds, and places as shares of the picture."""

    times: tuple[float, ...]
    across: tuple[float, ...]
    down: tuple[float, ...]


MIDDLE: Final = Path((0.0,), (0.5,), (0.5,))
"""Where nothing is cropped."""


def follow(clip: Clip, thumbs: Any, check: Callable[[], None]) -> Path:
    """Return the path of the subject of a clip."""
    import numpy as np

    finds_faces = faces.is_installed()
    points, face = [], None
    before: Any = None
    for number, thumb in enumerate(thumbs):
        check()
        if finds_faces and number % _FACES_EVERY == 0:
            face = _face(thumb)
        points.append(face or _centre(thumb, before))
        before = thumb
    places = np.array(points)
    if clip.is_picture or len(places) == 1:
        across, down = places.mean(axis=0)
        return Path((0.0,), (round(float(across), 4),), (round(float(down), 4),))
    kept = [_steady(_median(places[:, axis])) for axis in (0, 1)]
    times = np.arange(len(places)) / THUMBS_A_SECOND
    step = max(1, -(-len(places) // _MOST_POINTS))
    chosen = range(0, len(places), step)
    return Path(
        tuple(round(float(times[n]), 3) for n in chosen),
        *(tuple(round(float(row[n]), 4) for n in chosen) for row in kept),
    )


def _face(thumb: Any) -> tuple[float, float] | None:
    import numpy as np

    found = faces.find(np.ascontiguousarray(np.repeat(np.repeat(thumb, 2, axis=0), 2, axis=1)))
    if not found:
        return None
    return found[0].left + found[0].width / 2, found[0].top + found[0].height / 2


def _centre(thumb: Any, before: Any) -> tuple[float, float]:
    """Return the centre of what stands out or moves."""
    import numpy as np

    weight = saliency(thumb)
    if before is not None:
        moved = np.abs(thumb.astype(np.float32) - before).mean(axis=2)
        rows = np.linspace(0, moved.shape[0], len(weight) + 1).astype(int)[:-1]
        columns = np.linspace(0, moved.shape[1], len(weight) + 1).astype(int)[:-1]
        cells = np.add.reduceat(np.add.reduceat(moved, rows, axis=0), columns, axis=1)
        if cells.max() > 0 and moved.max() > 12:
            weight = weight + 2.5 * cells / cells.max()
    weight = weight**3
    y, x = np.mgrid[0 : 1 : len(weight) * 1j, 0 : 1 : len(weight) * 1j]
    total = float(weight.sum())
    if total <= 0:
        return 0.5, 0.5
    return float((x * weight).sum() / total), float((y * weight).sum() / total)


def _median(row: Any) -> Any:
    import numpy as np

    reach = min(len(row) // 2, THUMBS_A_SECOND)
    padded = np.pad(row, reach, "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.median(windows, axis=1)


def _steady(row: Any) -> Any:
    """Stay until the subject has left the middle, then follow no faster than a person would."""
    import numpy as np

    step = _FASTEST / THUMBS_A_SECOND
    place = float(np.median(row[: 2 * THUMBS_A_SECOND]))
    found, moves = [], False
    for wanted in row:
        gap = float(wanted) - place
        moves = abs(gap) > (_DEAD / 4 if moves else _DEAD)
        if moves:
            place += max(-step, min(step, gap))
        found.append(place)
    smooth = np.array(found)
    window = np.hanning(2 * THUMBS_A_SECOND + 1)
    padded = np.pad(smooth, THUMBS_A_SECOND, "edge")
    return np.convolve(padded, window / window.sum(), "valid")
