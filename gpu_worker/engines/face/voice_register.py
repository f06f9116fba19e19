"""Suggest the kind of voice that is often chosen for a picture; nothing when it is unsure.

A suggestion says nothing about the person: it only names the register of a default voice
(`tasks/domain/voices.py`), which a request may replace. What the network computes stays in here.
It has learned how people look in pictures, and it errs; so it is asked about several cuts of a
face, and without a clear answer that is common to all there is no suggestion.
"""

from __future__ import annotations

import logging
import tarfile
from functools import cache
from typing import Final

import cv2
import numpy as np

from config.settings import current
from gpu_worker.engines.face.geometry import eye_line, face_box
from gpu_worker.engines.face.models import Points, Rgb
from gpu_worker.engines.face.tiny_xception import SIDE, TinyXception, read_weights
from gpu_worker.models.catalog import MODELS
from tasks.domain.voices import HIGHER, LOWER

log = logging.getLogger(__name__)

MODEL: Final = MODELS["face-api"]
(PACKAGE,) = MODEL.files
CLEAR: Final = 1.4
"""The mean answer (a logit) from which there is a suggestion. Of 46 portraits, the clearest wrong
answer was 1.2 (docs/engines.md)."""
_CUTS: Final = (1.0, 1.2)
"""Sides of the square around the face, as multiples of its longer side."""
_LAYER: Final = "fc/gender"
"""The name of the layer in the published weights. The other one, of ages, is never computed."""


def suggested_register(rgb: Rgb, points: Points) -> str:
    """Return the register of voice that suits a face; empty if unsure, off or without the model."""
    if not current().examination.suggests_voices or MODEL.missing():
        return ""
    network = _network()
    if network is None:
        return ""
    lower, higher = network.answers(_cuts(rgb, points), _LAYER).T
    return register_of([float(one) for one in lower - higher])


def register_of(answers: list[float]) -> str:
    """Return the register for the answers about the cuts of a face.

    >>> register_of([2.0, 1.5]), register_of([-2.0, -1.5]), register_of([4.0, -0.5])
    ('lower', 'higher', '')
    """
    mean = sum(answers) / len(answers)
    if abs(mean) < CLEAR or any(answer * mean <= 0 for answer in answers):
        return ""
    return LOWER if mean > 0 else HIGHER


def _cuts(rgb: Rgb, points: Points) -> Rgb:
    """Cut the face out in squares with level eyes, each also mirrored."""
    cuts = [_cut(rgb, points, grow) for grow in _CUTS]
    return np.stack([*cuts, *(cut[:, ::-1] for cut in cuts)])


def _cut(rgb: Rgb, points: Points, grow: float) -> Rgb:
    angle = np.radians(eye_line(points))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    level = points.copy()
    level[:, :2] = points[:, :2] @ turn.T
    left, top, right, bottom = face_box(level)
    scale = SIDE / (max(right - left, bottom - top) * grow)
    centre = np.array([left + right, top + bottom]) / 2 * scale
    # warpAffine does not average, so a large face is blurred first.
    blur = 0.45 / scale
    soft = cv2.GaussianBlur(rgb, (0, 0), blur) if blur > 0.45 else rgb
    matrix = np.column_stack([turn * scale, SIDE / 2 - centre])
    return np.asarray(cv2.warpAffine(soft, matrix, (SIDE, SIDE)), np.uint8)


@cache
def _network() -> TinyXception | None:
    """Read the network from the package, once for the life of the process; None: it is damaged."""
    try:
        with tarfile.open(MODEL.folder / PACKAGE.name) as package:
            stem = "package/model/age_gender_model"
            weights = read_weights(
                _member(package, f"{stem}-weights_manifest.json"), _member(package, f"{stem}.bin")
            )
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        log.warning(
            "voice suggestions unavailable", extra={"model": MODEL.name, "error": str(error)}
        )
        return None
    return TinyXception(weights)


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(name)
    return file.read() if file else b""
