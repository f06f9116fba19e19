"""Choose and cut a talking-head frame around the face.

The frame moves and tightens until it lies inside the picture. Only a picture that is too narrow for
the aspect ratio is extended, by a blurred continuation of what is at its edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.face.geometry import CHIN, FOREHEAD, LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from gpu_worker.engines.face.models import Points, Rgb

Matrix = npt.NDArray[np.float64]

FACE_CENTRE = (0.5, 0.43)
"""Position of the face's centre in the frame, from the left and from the top."""
TIGHTEST = 0.60
"""The largest share of the height for the face, from forehead to chin."""
LEVEL_ENOUGH = 10.0
"""A tilt of the eyes in degrees that is not corrected: people tilt their heads, walls do not."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A window of the picture: `matrix` maps points of the picture to points of the crop."""

    matrix: Matrix
    width: int
    height: int
    extended: bool
    turned: bool


def frame_face(
    points: Points, roll: float, picture: tuple[int, int], wanted: tuple[int, int]
) -> Frame:
    """Choose the frame with the aspect ratio of `wanted` for a face in a picture."""
    level = abs(roll) < LEVEL_ENOUGH
    turn = _turn(points, 0.0 if level else roll)
    face = apply(turn, points[:, :2])
    width, height = picture
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    x, y, w, h, inside = _window(face, apply(turn, corners), wanted[0] / wanted[1])
    # More pixels than in the finished video would only be scaled down later.
    scale = min(1.0, wanted[1] / h)
    matrix = turn.copy()
    # Whole pixels avoid resampling.
    matrix[:, 2] -= (round(x), round(y)) if level and scale == 1.0 else (x, y)
    size = _even(w * scale), _even(h * scale)
    return Frame(matrix * scale, *size, extended=not inside, turned=not level)


def cut(rgb: Rgb, frame: Frame) -> Rgb:
    """Cut the frame from a picture."""
    size = (frame.width, frame.height)
    shrinks = np.hypot(*frame.matrix[0, :2]) < 0.75
    picture, matrix = _halved(rgb, frame.matrix) if shrinks else (rgb, frame.matrix)
    crop: Rgb = cv2.warpAffine(
        picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if not frame.extended:
        return crop
    known = np.full(picture.shape[:2], 255, np.uint8)
    known = cv2.warpAffine(known, matrix, size, flags=cv2.INTER_LINEAR)
    soft = max(2.0, frame.width / 60)
    # Shrunk by as much as it is blurred, so that nothing beyond the edge shows.
    inner = cv2.erode(
        known, np.ones((3, 3), np.uint8), iterations=round(soft * 1.5), borderValue=255
    )
    alpha = cv2.GaussianBlur(inner, (0, 0), soft)[..., None].astype(np.float32) / 255
    mixed = crop * alpha + _continued(crop, known > 250, soft) * (1 - alpha)
    filled: Rgb = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return filled


def _continued(crop: Rgb, known: npt.NDArray[np.bool_], soft: float) -> npt.NDArray[np.float32]:
    """Continue the picture beyond its edges, more out of focus the further away.

    `crop` repeats the pixels of the edges there.
    """
    away = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3) / soft
    out = crop.astype(np.float32)
    for begins, reach in ((0.0, 1.0), (1.0, 3.0), (3.0, 6.0), (7.0, 12.0)):
        # Blurred small: a wide blur of a large picture takes long.
        shrink = max(1.0, reach * soft / 4)
        size = (max(2, round(out.shape[1] / shrink)), max(2, round(out.shape[0] / shrink)))
        small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        small = cv2.GaussianBlur(small, (0, 0), reach * soft / shrink)
        wide = cv2.resize(small, out.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        share = np.clip((away - begins) / max(reach, 1.0), 0, 1)[..., None].astype(np.float32)
        out += (wide - out) * share
    return out


def _halved(rgb: Rgb, matrix: Matrix) -> tuple[Rgb, Matrix]:
    """Scale a large picture down with averaging first: bicubic alone would leave it jagged."""
    factor = float(np.hypot(*matrix[0, :2]))
    small = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    fx, fy = small.shape[1] / rgb.shape[1], small.shape[0] / rgb.shape[0]
    scaled = matrix.copy()
    scaled[:, 0] /= fx
    scaled[:, 1] /= fy
    return small, scaled


def _window(
    face: npt.NDArray[np.float64], quad: npt.NDArray[np.float64], aspect: float
) -> tuple[float, float, float, float, bool]:
    """Return left, top, width and height of the best frame, and whether the picture holds it."""
    tall = float(face[CHIN, 1] - face[FOREHEAD, 1])
    cx = float((face[LEFT_EYE_OUTER, 0] + face[RIGHT_EYE_OUTER, 0] + face[CHIN, 0]) / 3)
    cy = float((face[FOREHEAD, 1] + face[CHIN, 1]) / 2)
    # A portrait video shows shoulders; a landscape video has space beside the face.
    share = 0.35 + 0.13 * min(1.0, max(0.0, (aspect - 0.5625) / 1.2))
    best, best_cover = (0.0, 0.0, 1.0, 1.0), -1.0
    for step in range(12):
        h = tall / (share + (TIGHTEST - share) * step / 11)
        w = h * aspect
        for ax, ay in _places():
            x, y = cx - ax * w, cy - ay * h
            cover = _cover(x, y, w, h, quad)
            if cover > 0.9995:
                return x, y, w, h, True
            # A tighter frame is better only while it covers much more of the picture.
            if cover - 0.008 * step > best_cover:
                best, best_cover = (x, y, w, h), cover - 0.008 * step
    return (*best, False)


def _places() -> list[tuple[float, float]]:
    """Return the allowed positions of the face's centre in the frame, the best first."""
    xs = [0.5 + 0.01 * i for i in range(-14, 15, 2)]
    ys = [FACE_CENTRE[1] + 0.01 * i for i in range(-12, 11)]
    return sorted(
        ((x, y) for x in xs for y in ys),
        key=lambda p: abs(p[0] - FACE_CENTRE[0]) * 1.5 + abs(p[1] - FACE_CENTRE[1]),
    )


def _cover(x: float, y: float, w: float, h: float, quad: npt.NDArray[np.float64]) -> float:
    """Return the share of a window that lies on the picture."""
    window = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
    area, _ = cv2.intersectConvexConvex(window, quad.astype(np.float32))
    return float(area) / (w * h)


def _turn(points: Points, roll: float) -> Matrix:
    """Return the rotation about the face's centre that levels the eyes."""
    cx, cy = points[:468, :2].mean(0)
    c, s = cos(radians(roll)), sin(radians(roll))
    return np.array([[c, s, cx - c * cx - s * cy], [-s, c, cy + s * cx - c * cy]], np.float64)


def apply(matrix: Matrix, points: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    turned: npt.NDArray[np.float64] = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return turned


def quarter_turn(turns: int, width: int, height: int) -> Matrix:
    """Return the matrix of so many counter-clockwise quarter turns of a picture."""
    matrices = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, 1, 0], [-1, 0, width - 1]],
        2: [[-1, 0, width - 1], [0, -1, height - 1]],
        3: [[0, -1, height - 1], [1, 0, 0]],
    }
    return np.array(matrices[turns], np.float64)


def compose(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the matrix that applies `inner`, then `outer`."""
    joined: Matrix = outer @ np.vstack([inner, [0.0, 0.0, 1.0]])
    return joined


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)
