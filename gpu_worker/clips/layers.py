"""Divide a picture into a person and what is behind, with MediaPipe's models."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]

_SMALLEST, _LARGEST = 0.015, 0.85
"""The share of the picture that a person must have, so that two layers make sense."""
_FILLED_AT: Final = 320
"""The longer side at which the background is filled behind the person."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The two layers of a picture, and the point of interest."""

    person: Rgb
    """Multiplied by its alpha."""
    alpha: Mask
    behind: Rgb
    focus: tuple[float, float]


class PersonModels:
    """Segmentation and pose: built once for each process."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import pose, selfie_segmentation

        self._lock = threading.Lock()
        with _quiet():
            self._segmentation: Any = selfie_segmentation.SelfieSegmentation(model_selection=0)
            self._pose: Any = pose.Pose(static_image_mode=True, model_complexity=1)

    def mask(self, picture: Rgb) -> npt.NDArray[np.float32]:
        """Return how likely each pixel belongs to a person, 0 to 1."""
        with self._lock, _quiet():
            found: npt.NDArray[np.float32] = self._segmentation.process(picture).segmentation_mask
        return found

    def head(self, picture: Rgb) -> tuple[float, float] | None:
        """Return where the head of a person is, in pixels; None if no pose is found."""
        with self._lock, _quiet():
            found = self._pose.process(picture).pose_landmarks
        if found is None:
            return None
        height, width = picture.shape[:2]
        nose = found.landmark[0]
        if not (0 <= nose.x <= 1 and 0 <= nose.y <= 1 and nose.visibility > 0.5):
            return None
        return nose.x * width, nose.y * height


@cache
def models() -> PersonModels:
    """Return the models of this process."""
    return PersonModels()


def divide(picture: Rgb) -> Layers | None:
    """Divide a picture; None if it shows no person, or hardly anything else."""
    likely = models().mask(picture)
    likely = np.where(likely > 0.5, likely, 0.0).astype(np.float32)
    share = float((likely > 0.5).mean())
    if not _SMALLEST <= share <= _LARGEST:
        return None
    soft = cv2.GaussianBlur(likely, (0, 0), max(picture.shape[:2]) / 500)
    alpha = np.clip((soft - 0.25) * (255 / 0.6), 0, 255).astype(np.uint8)
    person = cv2.multiply(picture, cv2.merge([alpha] * 3), scale=1 / 255)
    focus = models().head(picture) or _middle(likely)
    return Layers(person, alpha, _filled(picture, alpha), focus)


def _middle(likely: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Return the middle of the upper part of a person."""
    rows, columns = np.nonzero(likely > 0.5)
    top = float(rows.min() + 0.25 * (rows.max() - rows.min()))
    return float(columns.mean()), top


def _filled(picture: Rgb, alpha: Mask) -> Rgb:
    """Return the picture without the person: its surroundings grow into the hole, blurred."""
    height, width = picture.shape[:2]
    scale = _FILLED_AT / max(height, width)
    size = max(round(width * scale), 2), max(round(height * scale), 2)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    hole = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 8).astype(np.uint8)
    hole = cv2.dilate(hole, np.ones((9, 9), np.uint8))
    filled = cv2.inpaint(small, hole, 4, cv2.INPAINT_TELEA)
    filled = np.where(hole[:, :, None] > 0, cv2.GaussianBlur(filled, (0, 0), 3), filled)
    large = cv2.resize(filled.astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    wide = cv2.resize(hole * 255, (width, height), interpolation=cv2.INTER_LINEAR)
    soft = cv2.merge([cv2.GaussianBlur(wide, (0, 0), max(height, width) / 300)] * 3)
    inside = cv2.multiply(large, soft, scale=1 / 255)
    return np.asarray(cv2.add(inside, cv2.multiply(picture, 255 - soft, scale=1 / 255)), np.uint8)


def _quiet() -> warnings.catch_warnings[None]:
    """Suppress a deprecation warning of protobuf at every call of mediapipe 0.10.21."""
    return warnings.catch_warnings(action="ignore")
