"""Find the mesh of each detected face, in a crop of twice its box, for any rotation.

The mesh model alone finds one face of two, and no small face; a crop around each detected box
solves both.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gpu_worker.engines.face.detection import find_faces
from gpu_worker.engines.face.geometry import face_box
from gpu_worker.engines.face.models import FaceModels, Found, Points, Rgb

SURE = 0.6
"""The detector's score from which a box counts as a face without a mesh."""
CROP = 2.0
MESH_WANTS = 256
MESH_TAKES = 512
"""The mesh model scales its input to 256 pixels, so more than this only takes time."""
DETECTED_SIDE = 1280
"""The longer side of the picture that is searched: the detector scales each tile to 192 pixels."""
SMALLEST_BOX = 24


@dataclass(frozen=True, slots=True)
class Portrait:
    """One face of the picture; `points` is None when it is too small or hidden for the mesh."""

    box: Found
    points: Points | None


def find_portraits(
    models: FaceModels, rgb: Rgb, small: Rgb | None = None
) -> tuple[int, list[Portrait]]:
    """Return the quarter turns (counter-clockwise) that make the picture upright, and its faces.

    The detector does not find a face upside down and is unsure of one on its side, so all
    rotations are tried before the picture counts as one without a face. `small` is the `reduced`
    picture, for callers that need it too.
    """
    small = reduced(rgb) if small is None else small
    scale = rgb.shape[1] / small.shape[1]
    for turns in (0, 2, 1, 3):
        boxes = find_faces(models, turned_by(small, turns))
        turned = turned_by(rgb, turns) if boxes else rgb
        portraits = [_portrait(models, turned, box.scaled(scale)) for box in boxes]
        believed = [p for p in portraits if p.points is not None or p.box.score >= SURE]
        if any(p.points is not None for p in believed) or (turns == 0 and believed):
            return turns, believed
    return 0, []


def reduced(rgb: Rgb) -> Rgb:
    """Return the picture with at most `DETECTED_SIDE` pixels a side."""
    scale = min(1.0, DETECTED_SIDE / max(rgb.shape[:2]))
    if scale == 1.0:
        return rgb
    small: Rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small


def turned_by(rgb: Rgb, turns: int) -> Rgb:
    """Turn a picture by so many quarters, counter-clockwise."""
    return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb


def _portrait(models: FaceModels, rgb: Rgb, box: Found) -> Portrait:
    if max(box.width, box.height) < SMALLEST_BOX:
        return Portrait(box, None)
    points = mesh_around(
        models, rgb, (box.x, box.y, box.x + box.width, box.y + box.height), grow=CROP
    )
    return Portrait(box, points)


def mesh_around(
    models: FaceModels, rgb: Rgb, box: tuple[float, float, float, float], grow: float
) -> Points | None:
    """Return the mesh of the face in `box`, searched in a square `grow` times as large."""
    height, width = rgb.shape[:2]
    reach = max(box[2] - box[0], box[3] - box[1]) * grow / 2
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    x0, y0 = max(0, round(cx - reach)), max(0, round(cy - reach))
    x1, y1 = min(width, round(cx + reach)), min(height, round(cy + reach))
    if x1 - x0 < SMALLEST_BOX or y1 - y0 < SMALLEST_BOX:
        return None
    part = rgb[y0:y1, x0:x1].copy()
    side = max(part.shape[:2])
    scale = MESH_WANTS / side if side < MESH_WANTS else min(1.0, MESH_TAKES / side)
    if scale != 1:
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=how)
    points = models.mesh(part)
    if points is None:
        return None
    points /= scale
    points[:, 0] += x0
    points[:, 1] += y0
    return points if _overlaps(face_box(points), box) else None


def _overlaps(
    mesh: tuple[float, float, float, float], box: tuple[float, float, float, float]
) -> bool:
    """Return whether the mesh belongs to this face and not to another one in the crop."""
    cx, cy = (mesh[0] + mesh[2]) / 2, (mesh[1] + mesh[3]) / 2
    w, h = box[2] - box[0], box[3] - box[1]
    return box[0] - w / 4 < cx < box[2] + w / 4 and box[1] - h / 4 < cy < box[3] + h / 4
