"""The three models of the face stage, which the mediapipe wheel contains."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A face box in pixels, with the score of the detector."""

    x: float
    y: float
    width: float
    height: float
    score: float

    def moved(self, dx: float, dy: float) -> Found:
        return Found(self.x + dx, self.y + dy, self.width, self.height, self.score)

    def scaled(self, by: float) -> Found:
        return Found(self.x * by, self.y * by, self.width * by, self.height * by, self.score)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress a deprecation warning of protobuf at every call of mediapipe 0.10.21."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        yield


class FaceModels:
    """Detector, mesh and person mask: built once, used for every job of the process."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_detection, face_mesh, selfie_segmentation

        with _quiet():
            self._detector: Any = face_detection.FaceDetection(
                model_selection=1, min_detection_confidence=0.4
            )
            self._mesh: Any = face_mesh.FaceMesh(
                static_image_mode=True,
                max_num_faces=1,
                refine_landmarks=True,
                min_detection_confidence=0.3,
            )
            self._person: Any = selfie_segmentation.SelfieSegmentation(model_selection=0)

    def detect(self, rgb: Rgb) -> list[Found]:
        """Return every face that the full-range detector finds."""
        height, width = rgb.shape[:2]
        with _quiet():
            answer = self._detector.process(rgb)
        boxes = [
            (d.location_data.relative_bounding_box, d.score[0]) for d in answer.detections or ()
        ]
        return [
            Found(b.xmin * width, b.ymin * height, b.width * width, b.height * height, float(score))
            for b, score in boxes
        ]

    def mesh(self, rgb: Rgb) -> Points | None:
        """Return the 478 points of the clearest face in pixels (z on the scale of x), or None."""

        height, width = rgb.shape[:2]
        with _quiet():
            answer = self._mesh.process(rgb)
        if not answer.multi_face_landmarks:
            return None
        marks = answer.multi_face_landmarks[0].landmark
        scale = (width, height, width)
        points = [(m.x * scale[0], m.y * scale[1], m.z * scale[2]) for m in marks]
        return np.asarray(points, np.float32)

    def person(self, rgb: Rgb) -> npt.NDArray[np.float32]:
        """Return the likelihood of each pixel to belong to the person, 0 to 1."""
        with _quiet():
            mask: npt.NDArray[np.float32] = self._person.process(rgb).segmentation_mask
        return mask

    def close(self) -> None:
        for model in (self._detector, self._mesh, self._person):
            model.close()
