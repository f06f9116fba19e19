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
