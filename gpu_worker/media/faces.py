"""Find faces in pictures of a video, where mediapipe is installed."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rgb = NDArray[np.uint8]

_SURE: Final = 0.55
_FOREHEAD, _CHIN = 10, 152
_UPPER_LIP, _LOWER_LIP = 13, 14
"""The inner edges, in the middle."""


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face, in shares of the picture."""

    left: float
    top: float
    width: float
    height: float
    confidence: float


def is_installed() -> bool:
    """Return whether this environment has the detector."""
    return importlib.util.find_spec("mediapipe") is not None


def find(rgb: Rgb) -> list[FaceBox]:
    """Return the faces of a picture, the largest first."""
    with warnings.catch_warnings():
        # A deprecation warning of protobuf at every call of mediapipe 0.10.21.
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        answer = _detector().process(rgb)
    found = [
        _inside(one.location_data.relative_bounding_box, float(one.score[0]))
        for one in answer.detections or ()
        if one.score[0] >= _SURE
    ]
    return sorted(found, key=lambda face: -face.width * face.height)


def _inside(box: Any, score: float) -> FaceBox:
    left, top = max(0.0, box.xmin), max(0.0, box.ymin)
    right, bottom = min(1.0, box.xmin + box.width), min(1.0, box.ymin + box.height)
    sizes = (left, top, max(0.0, right - left), max(0.0, bottom - top), min(1.0, score))
    return FaceBox(*(round(float(value), 4) for value in sizes))


@cache
def _detector() -> Any:
    """Build the detector, once for the life of the process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        from mediapipe.python.solutions import face_detection

        return face_detection.FaceDetection(model_selection=1, min_detection_confidence=_SURE)


@dataclass(frozen=True, slots=True)
class Lips:
    """The lips of the clearest face."""

    face: float
    """Height of the face, as a share of the picture."""
    open: float
    """The gap between the lips, as a share of the face's height."""


def lips(rgb: Rgb) -> Lips | None:
    """Return the lips of the clearest face of a picture."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        answer = _mesh().process(rgb)
    if not answer.multi_face_landmarks:
        return None
    at = answer.multi_face_landmarks[0].landmark
    height, width = rgb.shape[:2]

    def between(one: int, other: int) -> float:
        across, down = (at[one].x - at[other].x) * width, (at[one].y - at[other].y) * height
        return float((across**2 + down**2) ** 0.5)

    tall = between(_FOREHEAD, _CHIN)
    return Lips(tall / height, between(_UPPER_LIP, _LOWER_LIP) / tall) if tall > 0 else None


@cache
def _mesh() -> Any:
    """Build the mesh, once for the life of the process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        from mediapipe.python.solutions import face_mesh

        return face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True)
