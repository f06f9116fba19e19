"""The frame as planes for the encoder: full-size luma, and chroma at half the size.

The still is warped into them in horizontal bands, each as wide as the movement in it. The
background is drawn once.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.colour import to_bytes, to_yuv
from gpu_worker.engines.animate.grid import Grid

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
BAND = 96
SHARPEST = 600_000
"""Moving pixels up to which bicubic interpolation is affordable."""


class Canvas:
    """A frame, which starts as the still."""

    def __init__(self, image: Bytes, grid: Grid, moves: npt.NDArray[np.bool_]) -> None:
        self._grid = grid
        self._still = to_bytes(to_yuv(image))
        self._light = np.ascontiguousarray(self._still[..., 0])
        self._tint = _halved(self._still[..., 1:])
        height, width = self._light.shape
        self._planes = np.empty(height * width * 3 // 2, np.uint8)
        self._frame_light = self._planes[: height * width].reshape(height, width)
        quarter = height * width // 4
        self._frame_tints = [
            self._planes[height * width + i * quarter :][:quarter].reshape(height // 2, width // 2)
            for i in range(2)
        ]
        self._bands = _bands(moves, grid)
        area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in self._bands)
        self._taps = cv2.INTER_CUBIC if area <= SHARPEST else cv2.INTER_LINEAR
        self._places = [pixels(band) for band in self._bands]
        self._put((0, 0, width, height), self._light, self._tint)

    @property
    def planes(self) -> bytes:
        """The frame as yuv420p."""
        return self._planes.tobytes()

    def warp(self, back: Floats) -> None:
        """Draw the still, with each pixel taken from the offset `back` (on the grid)."""
        fine = self._grid.fine(back)
        for band, here in zip(self._bands, self._places, strict=True):
            x0, y0, x1, y1 = band
            source = here - fine[y0:y1, x0:x1]
            light = cv2.remap(
                self._light, source, None, self._taps, borderMode=cv2.BORDER_REPLICATE
            )
            # The centre of a chroma pixel lies between four luma pixels.
            half = (
                cv2.resize(source, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) - 0.5
            ) / 2
            tint = cv2.remap(
                self._tint, half, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            self._put(band, light, tint)

    def take(self, source: Floats) -> Bytes:
        """Return pixels of the still in full colour."""
        taken: Bytes = cv2.remap(
            self._still, source, None, self._taps, borderMode=cv2.BORDER_REPLICATE
        )
        return taken

    def paste(self, box: Box, colours: Floats) -> None:
        """Write full-colour pixels to the frame; the box lies on even pixels."""
        drawn = to_bytes(colours)
        self._put(box, drawn[..., 0], _halved(drawn[..., 1:]))

    def even(self, box: Box) -> Box:
        """Return the box, extended to even pixels and clipped to the frame."""
        height, width = self._light.shape
        x0, y0 = max(box[0] // 2 * 2, 0), max(box[1] // 2 * 2, 0)
        return x0, y0, min((box[2] + 1) // 2 * 2, width), min((box[3] + 1) // 2 * 2, height)

    def _put(self, box: Box, light: Bytes, tint: Bytes) -> None:
        x0, y0, x1, y1 = box
        self._frame_light[y0:y1, x0:x1] = light
        for plane, values in zip(self._frame_tints, cv2.split(tint), strict=True):
            plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = values


def pixels(box: Box) -> Floats:
    """Return the positions of all pixels of a box: rows x cols x 2."""
    x0, y0, x1, y1 = box
    x, y = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    places: Floats = np.dstack([x, y]).astype(np.float32)
    return places


def _halved(tint: Bytes) -> Bytes:
    size = (tint.shape[1] // 2, tint.shape[0] // 2)
    half: Bytes = cv2.resize(np.ascontiguousarray(tint), size, interpolation=cv2.INTER_AREA)
    return half


def _bands(moves: npt.NDArray[np.bool_], grid: Grid) -> list[Box]:
    """Return boxes on even pixels that contain all nodes that can move."""
    size = (grid.width, grid.height)
    grown = cv2.dilate(moves.astype(np.uint8), np.ones((3, 3), np.uint8))
    fine = cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST)
    bands = []
    for y0 in range(0, grid.height, BAND):
        y1 = min(y0 + BAND, grid.height)
        cols = np.flatnonzero(fine[y0:y1].any(axis=0))
        if len(cols):
            x0, x1 = int(cols[0]) // 2 * 2, min((int(cols[-1]) + 2) // 2 * 2, grid.width)
            bands.append((x0, y0, x1, y1))
    return bands
