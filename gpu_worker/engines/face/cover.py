"""Check by pixels whether the mouth and the eyes are visible.

The mesh model invents what it cannot see: a scarf gets lips. No single sign is proof (a beard
changes colour, a closed mouth has little contrast), so several weak signs are counted. Lengths are
those of a patch with level eyes that are 64 pixels apart.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.face.geometry import (
    LEFT_EYE_OUTER,
    RIGHT_EYE_OUTER,
    face_box,
    interocular,
)
from gpu_worker.engines.face.models import FaceModels, Points, Rgb
from gpu_worker.engines.face.portrait import mesh_around

Floats = npt.NDArray[np.floating[Any]]

PATCH = (128, 160)
LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
EYES = ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373))
UPPER_SKIN = (50, 280, 151, 108, 337, 6, 118, 347)
LOWER_SKIN = (164, 199, 200, 214, 434, 57, 287, 202, 422, 18)
MIRRORED = ((61, 291), (291, 61), (13, 13), (14, 14), (0, 0), (17, 17))
COVERED_FROM = 3
"""Number of signs for a covered mouth; an uncovered face shows none or one."""


def mouth_signs(models: FaceModels, rgb: Rgb, points: Points) -> int:
    """Count the signs that something covers the mouth, 0 to 7."""
    lab, at = _patch(rgb, points)
    upper, lower = _skin(lab, at, UPPER_SKIN), _skin(lab, at, LOWER_SKIN)
    light, *tint = np.median(upper, axis=0)
    colour = float(np.median(np.hypot(*(lower - [light, *tint])[:, 1:].T)))
    lips, ring = _lips(lab, at)
    texture = float(lips[:, 0].std() / max(light, 1.0))
    redder = float(lips[:, 1].mean() - ring[:, 1].mean())
    unsure = _mirror_error(models, rgb, points)
    has_colour = float(np.hypot(*tint)) > 5
    return sum(
        (
            colour > 7.5,
            colour > 16,
            texture < 0.12,
            texture < 0.03,
            unsure > 0.025,
            unsure > 0.05,
            has_colour and redder < 1,
        )
    )


def eyes_hidden(rgb: Rgb, points: Points) -> bool:
    """Return whether dark glasses hide the eyes: both are dark and without contrast."""
    lab, at = _patch(rgb, points)
    light = float(np.median(_skin(lab, at, UPPER_SKIN)[:, 0]))
    seen = [_inside(lab, at[list(eye)])[:, 0] for eye in EYES]
    return all(
        float(np.percentile(eye, 90)) < 0.35 * light and float(eye.std()) < 0.08 * light
        for eye in seen
    )


def sharpness(rgb: Rgb, points: Points) -> float:
    """Return the fine detail of the face relative to its brightness; below 0.02 is out of focus."""
    lab, _ = _patch(rgb, points)
    face = lab[24:136, 24:104, 0]
    detail = face - cv2.GaussianBlur(face, (0, 0), 2.0)
    return float(np.abs(detail).mean() / max(float(face.mean()), 1.0))


def _mirror_error(models: FaceModels, rgb: Rgb, points: Points) -> float:
    """Return how far the mouth moves, in eye distances, in the mesh of the mirrored picture.

    A visible mouth stays where it is; one that the model guessed does not.
    """
    width = rgb.shape[1]
    x0, y0, x1, y1 = face_box(points)
    mirrored = np.ascontiguousarray(rgb[:, ::-1])
    again = mesh_around(models, mirrored, (width - x1, y0, width - x0, y1), grow=1.7)
    if again is None:
        return 1.0
    again[:, 0] = width - again[:, 0]
    moved = [np.hypot(*(points[a] - again[b])[:2]) for a, b in MIRRORED]
    return float(np.mean(moved)) / interocular(points)


def _patch(rgb: Rgb, points: Points) -> tuple[Floats, Floats]:
    """Return the face in Lab with level eyes, and its points."""
    left, right = points[LEFT_EYE_OUTER, :2], points[RIGHT_EYE_OUTER, :2]
    across = right - left
    scale = 64 / float(np.hypot(*across))
    c, s = across / np.hypot(*across) * scale
    turn = np.array([[c, s], [-s, c]])
    shift = np.array([64, 56]) - turn @ ((left + right) / 2)
    # warpAffine does not average, so a large face is blurred first.
    blur = 0.45 / scale
    soft = cv2.GaussianBlur(rgb, (0, 0), blur) if blur > 0.6 else rgb
    small = cv2.warpAffine(soft, np.column_stack([turn, shift]), PATCH, flags=cv2.INTER_LINEAR)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab, points[:, :2] @ turn.T + shift


def _skin(lab: Floats, at: Floats, spots: tuple[int, ...]) -> Floats:
    """Return the median colour around each spot."""
    height, width = lab.shape[:2]
    colours = []
    for x, y in at[list(spots)].round().astype(int):
        cx, cy = min(max(x, 4), width - 5), min(max(y, 4), height - 5)
        colours.append(np.median(lab[cy - 3 : cy + 4, cx - 3 : cx + 4].reshape(-1, 3), axis=0))
    return np.array(colours)


def _lips(lab: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return the pixels of the lips, and those of the skin around them."""
    mask = _polygon(lab, at[list(LIPS)])
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    ring = cv2.dilate(mask, np.ones((9, 9), np.uint8)) & ~near
    return lab[mask > 0], lab[ring > 0]


def _inside(lab: Floats, polygon: Floats) -> Floats:
    pixels: Floats = lab[_polygon(lab, polygon) > 0]
    return pixels


def _polygon(lab: Floats, corners: Floats) -> npt.NDArray[np.uint8]:

    mask = np.zeros(lab.shape[:2], np.uint8)
    cv2.fillPoly(mask, [corners.round().astype(np.int32)], 255)
    return mask
