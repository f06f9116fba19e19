"""Cut the square that a face model redraws for each frame, and paste it back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.subject import Floats, Rgb, Subject

_ROOM = 1.1
"""Size relative to the usual crop of face models, so that an open jaw stays off the seam."""
_SEAM = 0.08
"""Share of the square at each side in which the drawn face fades into the picture."""


@dataclass(frozen=True)
class FaceWindow:
    """A square in whole pixels, of which parts may lie outside the picture."""

    left: int
    top: int
    side: int

    @classmethod
    def around(cls, subject: Subject) -> FaceWindow:
        """Choose the square by eyes and mouth, like the crops in the training of face models."""
        left_eye, right_eye, _, *corners = five_points(subject)
        eyes, mouth = (left_eye + right_eye) / 2, np.mean(corners, axis=0)
        apart, down = np.linalg.norm(right_eye - left_eye), np.linalg.norm(mouth - eyes)
        half = _ROOM * max(2.0 * apart, 1.8 * down)
        x, y = eyes + 0.1 * (mouth - eyes) - half
        return cls(round(float(x)), round(float(y)), round(float(2 * half)))

    def cut(self, picture: Rgb, size: int) -> Rgb:
        """Return the square at the size of the model; the border of the picture is repeated."""
        height, width = picture.shape[:2]
        over = (
            max(0, -self.top),
            max(0, self.top + self.side - height),
            max(0, -self.left),
            max(0, self.left + self.side - width),
        )
        grown = cv2.copyMakeBorder(picture, *over, cv2.BORDER_REPLICATE)
        top, left = self.top + over[0], self.left + over[2]
        return _scaled(grown[top : top + self.side, left : left + self.side], size)

    def within(self, points: Floats, size: int) -> Floats:
        """Convert points of the picture to pixels of the square at that size."""
        moved: Floats = (points + 0.5 - (self.left, self.top)) * (size / self.side) - 0.5
        return moved


class Patchwork:
    """A picture whose face is replaced, with a soft seam."""

    def __init__(self, picture: Rgb, window: FaceWindow) -> None:
        height, width = picture.shape[:2]
        self._side = window.side
        rows = slice(max(0, window.top), min(height, window.top + window.side))
        columns = slice(max(0, window.left), min(width, window.left + window.side))
        self._of_face = (
            slice(rows.start - window.top, rows.stop - window.top),
            slice(columns.start - window.left, columns.stop - window.left),
        )
        fades = (
            _fade(rows, height, window.side)[:, None, None],
            _fade(columns, width, window.side)[None, :, None],
        )
        self._weight = fades[0] * fades[1]
        self._frame = picture.copy()
        self._place = self._frame[rows, columns]
        self._under = self._place * (1 - self._weight)

    def with_face(self, face: Rgb) -> bytes:
        """Return the frame with this face, in RGB."""
        drawn = _scaled(face, self._side)[self._of_face]
        self._place[:] = np.rint(self._under + self._weight * drawn)
        return self._frame.tobytes()


def five_points(subject: Subject) -> Floats:
    """Return eyes, nose and mouth corners, left to right, by which 3D face models align."""
    points = subject.points[:, :2]
    eyes = (points[list(corners)].mean(axis=0) for corners in at.EYE_CORNERS)
    return np.stack([*eyes, points[at.NOSE_TIP], *points[list(at.MOUTH_CORNERS)]])


def _fade(inside: slice, whole: int, side: int) -> Floats:
    """Return the weight of the drawn face, which does not fade at the edge of the picture."""
    width = _SEAM * side
    place = np.arange(inside.start, inside.stop, dtype=np.float32) + 0.5
    before = np.full_like(place, width) if inside.start == 0 else place - inside.start
    after = np.full_like(place, width) if inside.stop == whole else inside.stop - place
    share = np.clip(np.minimum(before, after) / width, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _scaled(picture: Rgb, size: int) -> Rgb:
    if picture.shape[0] == size:
        return picture
    way = cv2.INTER_AREA if picture.shape[0] > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (size, size), interpolation=way), np.uint8)
