"""Find a foreign logo or watermark: what stands still while the picture moves.

The edges of what moves differ from frame to frame, so the median of many frames has none of them;
the edges of a mark are in nearly every frame at the same place, however faint it is. A mark is
reported only where enough of the picture around it moves, so a camera that stands still raises no
alarm. Nothing here removes a mark.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media import ffmpeg
from gpu_worker.media.samples import camera
from gpu_worker.subprocesses import child

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Greys = NDArray[np.uint8]

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in shares of the picture."""

SIDE: Final = 480
"""Pixels of the longer side of the frames that are compared."""
CLIP_RATE: Final = 6.0
"""Frames a second of a clip that are compared."""
FEWEST: Final = 8
MOST: Final = 48
_CELL: Final = 8
_EDGE: Final = 1.2
"""Brightness a pixel, as a mean over a cell, from which edges that stand still count."""
_TEXTURED: Final = 2.5
"""The same for the edges of one frame: below it, a cell shows nothing."""
_STILL, _SURELY = 0.33, 0.6
"""Share of the strength of its edges that stands still, from which a cell may be a mark's."""
_CLEARER: Final = 2.5
"""How much more a cell stands still than most others, if a hand shakes or the camera is slow."""
_MOVING: Final = 0.3
_MOVING_SHARE: Final = 0.72
"""Share of what can be seen that must move around a mark."""
_LEAST_CELLS, _MOST_SHARE = 3, 0.14
_BOTH_WAYS: Final = 0.12
"""Edges along and across that a mark has at least; the border of a picture has one of them."""
_AROUND: Final = 0.5
_ZOOMED: Final = 0.06
_CLEARLY: Final = 0.68
"""Share of its edges that stands still in a mark if the camera zooms, for which one place of the
picture nearly stands still too."""
_FEW: Final = 4
_REACH: Final = 2
"""Cells between the parts of one mark."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark: its box in shares of the picture, and the share of its edges that stand still."""

    left: float
    top: float
    width: float
    height: float
    stillness: float

    @property
    def place(self) -> str:
        """Say where it is, for people."""
        down, across = self.top + self.height / 2, self.left + self.width / 2
        rows = ("at the top", "in the middle", "at the bottom")
        sides = (" left", "", " right")
        return rows[min(2, int(3 * down))] + sides[min(2, int(3 * across))]


def small(size: tuple[int, int], side: int = SIDE) -> tuple[int, int]:
    """Return the size of the frames that are compared."""
    scale = side / max(size)
    width, height = (max(8, round(one * scale / 2) * 2) for one in size)
    return width, height


def shape(size: tuple[int, int], rate: float) -> str:
    """Return the filters that make grey frames of this size, so many a second."""
    return f"fps={rate:.3f},scale={size[0]}:{size[1]}:flags=area,format=gray"


def none() -> Greys:
    """Return no frames."""
    import numpy as np

    return np.zeros((0, 8, 8), np.uint8)


def read(raw: Path, size: tuple[int, int]) -> Greys:
    """Return the grey frames of a file without a format."""
    import numpy as np

    width, height = size
    content = np.fromfile(raw, np.uint8)
    whole = len(content) // (width * height)
    return content[: whole * width * height].reshape(whole, height, width)


def frames_of(
    path: Path,
    size: tuple[int, int],
    rate: float,
    check: Callable[[], None],
    side: int = SIDE,
) -> Greys:
    """Return grey frames of a video of this size, so many a second, from its first minute."""
    import numpy as np

    width, height = small(size, side)
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", *ffmpeg.UNTRUSTED]
    command += ["-i", str(path), "-t", "60", "-map", "0:V:0"]
    command += ["-vf", shape((width, height), rate)]
    with child([*command, "-f", "rawvideo", "pipe:1"], stderr=subprocess.DEVNULL) as process:
        content, _ = process.communicate()
    check()
    whole = len(content) // (width * height)
    return np.frombuffer(content, np.uint8, whole * width * height).reshape(whole, height, width)


def find(greys: Greys, without: Sequence[Box] = ()) -> Mark | None:
    """Return the clearest mark in grey frames of one clip or video, or None.

    What stands still in the boxes `without` is no mark: this product has drawn it.
    """
    import numpy as np

    if len(greys) < FEWEST:
        return None
    chosen = greys[np.linspace(0, len(greys) - 1, min(len(greys), MOST)).astype(int)]
    frames = _sharp(chosen)
    across = (frames[:, 1:-1, 2:] - frames[:, 1:-1, :-2]) / 2
    down = (frames[:, 2:, 1:-1] - frames[:, :-2, 1:-1]) / 2
    seen = _cells((across**2).mean(axis=0) + (down**2).mean(axis=0))
    ways = tuple(_cells(np.median(plane, axis=0) ** 2) for plane in (across, down))
    kept = ways[0] + ways[1]
    ratio = kept / np.maximum(seen, 0.5)
    textured = seen >= _TEXTURED**2
    moving = textured & (ratio < _MOVING)
    usual = float(np.quantile(ratio[textured], 0.8)) if textured.any() else 1.0
    least = max(_STILL, min(_SURELY, _CLEARER * usual))
    marked = (ratio >= least) & (kept >= _EDGE**2)
    for box in without:
        marked[_within(box, marked.shape)] = False
    least = _CLEARLY if _zooms(chosen) else 0.0
    best: Mark | None = None
    for group in _groups(marked):
        mark = _judged(group, ratio, moving, textured, ways)
        if mark is None or mark.stillness < least:
            continue
        if best is None or mark.stillness > best.stillness:
            best = mark
    return best


def _zooms(greys: Greys) -> bool:
    """Return whether the camera comes closer or goes away."""
    small = greys[:, ::4, ::4].astype("float32")
    growth = sum(camera.step(one, other).zoom for one, other in pairwise(small))
    return abs(growth) >= _ZOOMED


def _sharp(greys: Greys) -> Any:
    """Return frames without their soft edges, which stay where they are when a hand shakes."""
    import numpy as np

    reach = 3
    side = 2 * reach + 1
    height, width = greys.shape[1:]
    padded = np.pad(greys, ((0, 0), (reach, reach), (reach, reach)), "edge").astype(np.uint16)
    # Sums of whole numbers, which fit into 16 bits: a third of the time of running sums, and exact.
    rows = sum(padded[:, n : n + height] for n in range(1, side)) + padded[:, :height]
    box = sum(rows[:, :, n : n + width] for n in range(1, side)) + rows[:, :, :width]
    return greys.astype(np.float32) - box.astype(np.float32) / side**2


def _cells(plane: Any) -> Any:
    """Return the mean of each cell."""
    height, width = (side // _CELL * _CELL for side in plane.shape)
    blocks = plane[:height, :width].reshape(height // _CELL, _CELL, width // _CELL, _CELL)
    return blocks.mean(axis=(1, 3))


def _within(box: Box, cells: tuple[int, int]) -> tuple[slice, slice]:
    """Return the cells that a box touches."""
    left, top, right, bottom = box
    high, wide = cells
    rows = slice(max(0, int(top * high) - 1), int(bottom * high) + 2)
    return rows, slice(max(0, int(left * wide) - 1), int(right * wide) + 2)


_Group = list[tuple[int, int]]


def _groups(marked: Any) -> list[_Group]:
    """Return the cells that lie near each other, in groups."""
    import numpy as np

    left = {(int(y), int(x)) for y, x in np.argwhere(marked)}
    found = []
    while left:
        group, queue = [], [left.pop()]
        while queue:
            y, x = queue.pop()
            group.append((y, x))
            reach = range(-_REACH, _REACH + 1)
            near = {(y + dy, x + dx) for dy in reach for dx in reach} & left
            left -= near
            queue += near
        found.append(group)
    return found


def _judged(group: _Group, ratio: Any, moving: Any, textured: Any, edges: Any) -> Mark | None:
    """Return the mark that a group of cells is; None if it is something else."""
    import numpy as np

    rows, columns = np.array(group).T
    high, wide = ratio.shape
    if len(group) < _LEAST_CELLS or len(group) > _MOST_SHARE * ratio.size:
        return None
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    if right - left > 0.97 * wide or bottom - top > 0.9 * high:
        return None
    ways = [float(plane[rows, columns].sum()) for plane in edges]
    if min(ways) < _BOTH_WAYS * max(ways):
        return None
    if not _moves_around((top, bottom, left, right), moving, textured):
        return None
    if not _stands_out(
        (top, bottom, left, right), float(ratio[rows, columns].mean()), ratio, textured
    ):
        return None
    box = (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
    rounded = (round(float(value), 3) for value in box)
    left_share, top_share, width, height = rounded
    stillness = round(float(min(1.0, ratio[rows, columns].mean())), 3)
    return Mark(left_share, top_share, width, height, stillness)


def _stands_out(
    box: tuple[int, int, int, int], stillness: float, ratio: Any, textured: Any
) -> bool:
    """Return whether what lies around a box moves much more than what is in it.

    In a zoom, the middle stands still, but there what moves begins little by little.
    """
    import numpy as np

    top, bottom, left, right = box
    ring = np.zeros_like(textured)
    ring[max(0, top - 3) : bottom + 3, max(0, left - 3) : right + 3] = True
    ring[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    shown = textured & ring
    return int(shown.sum()) < _FEW or float(ratio[shown].mean()) < _AROUND * stillness


def _moves_around(box: tuple[int, int, int, int], moving: Any, textured: Any) -> bool:
    """Return whether what is seen moves: in the whole picture, or at least around a box."""
    import numpy as np

    top, bottom, left, right = box
    outside = np.ones_like(textured)
    outside[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    near = np.zeros_like(textured)
    reach = 6
    near[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach] = True
    for part, fewest in ((outside, 24), (near & outside, 8)):
        shown = int((textured & part).sum())
        if shown >= fewest:
            return int((moving & part).sum()) >= _MOVING_SHARE * shown
    return False
