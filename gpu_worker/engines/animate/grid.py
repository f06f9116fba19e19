"""The coarse grid on which movement is computed, because faces deform smoothly.

Nodes lie where `cv2.resize` would put them, so one affine map leads from pixels
to nodes. The number of nodes follows the size of the face, not of the video: a
frame of 1080 x 1920 costs no more arithmetic than one of 512 x 512.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
NODES_PER_EYES = 26
Window = tuple[slice, slice]
_ALL: Window = (slice(None), slice(None))


@dataclass(frozen=True)
class Grid:
    """`cols` x `rows` nodes over a frame of `width` x `height` pixels."""

    width: int
    height: int
    cols: int
    rows: int

    @classmethod
    def over(cls, size: tuple[int, int], eyes_apart: float) -> Grid:
        step = max(1.5, eyes_apart / NODES_PER_EYES)
        return cls(*size, max(8, round(size[0] / step)), max(8, round(size[1] / step)))

    @property
    def step(self) -> tuple[float, float]:
        return self.width / self.cols, self.height / self.rows

    @cached_property
    def places(self) -> Floats:
        """The position of each node in the frame: rows x cols x 2."""
        sx, sy = self.step
        x, y = np.meshgrid(np.arange(self.cols), np.arange(self.rows))
        places: Floats = np.dstack([(x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5]).astype(np.float32)
        return places

    def nodes(self, places: Floats) -> Floats:
        """Convert pixels to (fractional) nodes."""
        sx, sy = self.step
        scaled: Floats = (places + 0.5) / np.array([sx, sy], np.float32) - 0.5
        nodes: Floats = scaled.astype(np.float32)
        return nodes

    def sample(self, field: Floats, places: Floats) -> Floats:
        """Return the values of a field at some pixels (n x 2)."""
        spots = self.nodes(places.astype(np.float32))[None]
        values: Floats = cv2.remap(
            field, spots[..., 0], spots[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        first: Floats = values[0]
        return first

    def spread(self, field: Floats, box: tuple[int, int, int, int]) -> Floats:
        """Return a field at every pixel of a box (left, top, right, bottom)."""
        sx, sy = self.step
        x0, y0, x1, y1 = box
        to_nodes = np.array(
            [[1 / sx, 0, (x0 + 0.5) / sx - 0.5], [0, 1 / sy, (y0 + 0.5) / sy - 0.5]], np.float64
        )
        pixels: Floats = cv2.warpAffine(
            field,
            to_nodes,
            (x1 - x0, y1 - y0),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return pixels

    def fine(self, field: Floats) -> Floats:
        """Return a field at every pixel of the frame, which is cheaper than box by box."""
        return np.asarray(cv2.resize(field, (self.width, self.height)), np.float32)

    def invert(self, forward: Floats, window: Window = _ALL, rounds: int = 4) -> Floats:
        """Invert a forward movement to the offset from which each node comes, by iteration."""
        back = forward[window]
        here, steps = self._numbers[window], np.array(self.step, np.float32)
        for _ in range(rounds):
            back = cv2.remap(
                forward,
                here - back / steps,
                None,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        return back

    @cached_property
    def _numbers(self) -> Floats:
        """The column and row of each node: rows x cols x 2."""
        numbers: Floats = np.dstack(np.meshgrid(np.arange(self.cols), np.arange(self.rows)))
        return numbers.astype(np.float32)
