"""The face to animate in pixels of the video: picture, points, mask and measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import BLACK, to_yuv
from gpu_worker.media.face_metadata import FaceMetadata
from tasks.domain.errors import InputRefused

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
MOUTH_OF_EYES = 0.58
"""Width of a mouth at rest, relative to the distance of the outer eye corners."""
USUAL_SKIN = np.array([215, 170, 145], np.float32)
"""Average colour of skin in white light; its brightness has no meaning."""


@dataclass(frozen=True)
class Subject:
    """A still of a face; lengths in pixels, `unit` is the width of its mouth at rest."""

    image: Rgb
    points: Floats
    mask: Floats | None

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]

    @cached_property
    def eyes_apart(self) -> float:
        left, right = self.points[list(at.EYE_OUTER)]
        return float(np.linalg.norm(right - left))

    @cached_property
    def unit(self) -> float:
        return MOUTH_OF_EYES * self.eyes_apart

    @cached_property
    def axes(self) -> tuple[Floats, Floats]:
        """Unit vectors along the eyes and down the face, because stills may be slightly tilted."""
        left, right = self.points[list(at.EYE_OUTER), :2]
        across = (right - left) / np.linalg.norm(right - left)
        return across, np.array([-across[1], across[0]], np.float32)

    def lum(self) -> float:
        """Return the brightness of the face, 0.3 to 1, for what is painted into it."""
        return float(np.clip(self._cheeks().mean() / 185.0, 0.3, 1.0))

    def colourful(self) -> float:
        """Return 0 for a black-and-white picture, 1 for a normal one."""
        cheeks = self._cheeks().mean(axis=0)
        return float(np.clip((cheeks.max() - cheeks.min()) / cheeks.max() / 0.2, 0.0, 1.0))

    def skin(self) -> Floats:
        """Return the colour of the cheeks."""
        mean: Floats = self._cheeks().mean(axis=0)
        return mean

    def tint(self) -> Floats:
        """Return the colour of the light, as factors of red, green and blue with a mean of 1.

        Skin colours differ, too: half of a cheek's difference from the average counts as light.
        """
        seen = np.maximum(self._cheeks().mean(axis=0), 8) / USUAL_SKIN
        seen /= seen.mean()
        # No skin differs from another as much as an old painting does from daylight.
        strange = float(np.clip((np.abs(np.log(seen)).max() - 0.4) / 0.5, 0, 1))
        reach = 0.25 + 0.25 * strange
        factors: Floats = np.clip(seen ** (0.5 + 0.35 * strange), 1 - reach, 1 + reach)
        return factors.astype(np.float32)

    def brightest(self) -> float:
        """Return the light (Y' without black) of the brightest skin: teeth are no brighter."""
        low, high = self.points[:468, :2].min(0), self.points[:468, :2].max(0)
        x0, y0 = np.maximum(low, 0).astype(int)
        x1, y1 = high.astype(int) + 1
        return float(np.percentile(to_yuv(self.image[y0:y1, x0:x1])[..., 0], 97) - BLACK[0])

    def sides(self) -> tuple[float, float]:
        """Return the brightness of the left and right cheek relative to their mean."""
        cheeks = np.maximum(self._cheeks().mean(axis=1), 8)
        left, right = cheeks[[0, 2]].mean(), cheeks[[1, 3]].mean()
        middle = (left + right) / 2
        return float(left / middle), float(right / middle)

    def _cheeks(self) -> Floats:
        spots = self.points[list(at.CHEEKS), :2].round().astype(int)
        height, width = self.image.shape[:2]
        seen = [self.image[min(max(y, 0), height - 1), min(max(x, 0), width - 1)] for x, y in spots]
        return np.array(seen, np.float32)


def read_subject(files: Mapping[str, Path], params: Mapping[str, Any]) -> Subject:
    """Read the enhanced still, or else the crop, at the size of the video."""
    sheet = FaceMetadata.from_json(files["face/face.json"].read_text())
    size = int(params["width"]), int(params["height"])
    if len(sheet.points) != 478:
        raise InputRefused("The face has no mesh. Use another face engine with this animator.")
    path = files.get("enhance/still.png") or files["face/crop.png"]
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise InputRefused("The picture of the face is damaged.")
    if image.shape[1::-1] != size:
        larger = image.shape[0] < size[1]
        image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)
    across, down = size[0] / sheet.crop[0], size[1] / sheet.crop[1]
    # Pixel centres scale, not their corners.
    half = np.array([0.5, 0.5, 0])
    points = (np.array(sheet.points) + half) * [across, down, across] - half
    return Subject(
        np.ascontiguousarray(image[..., ::-1]), points.astype(np.float32), _mask(files, size)
    )


def _mask(files: Mapping[str, Path], size: tuple[int, int]) -> Floats | None:
    path = files.get("face/mask.png")
    grey = None if path is None else cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return None
    scaled: Floats = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    return scaled
