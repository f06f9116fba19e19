"""How the still looks, so that what is painted looks the same: its blur, its grain, its folds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import to_yuv
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.subject import Rgb, Subject

Floats = npt.NDArray[np.float32]
SHARPEST, SOFTEST = 0.7, 6.0
"""Blur of a sharp picture, and the most that is matched, in pixels."""
GRAIN = 10.0
FOLDS = 0.85
"""How much of the depth of smile folds goes if a wide smile goes."""
BARE = 0.08
"""How far beyond the mesh's lips (mouth units) a still's teeth and gums are looked for."""


@dataclass(frozen=True)
class Look:
    """Blur in pixels beyond that of a sharp picture, and a tile of grain."""

    blur: float
    grain: Floats

    @classmethod
    def of(cls, subject: Subject) -> Look:
        return cls(_blur(subject), _grain(subject))

    def match(self, painted: Floats, left: int, top: int) -> Floats:
        """Return painted colours (without black) with the blur and the grain of the still."""
        if self.blur > 0.3:
            painted = cv2.GaussianBlur(painted, (0, 0), self.blur, borderType=cv2.BORDER_REPLICATE)
        rows, columns = painted.shape[:2]
        at_y = (np.arange(rows) + top) % self.grain.shape[0]
        at_x = (np.arange(columns) + left) % self.grain.shape[1]
        # Shadows have less of it.
        strength = np.clip(painted[..., 0] / 120, 0.15, 1)
        matched = painted.copy()
        matched[..., 0] += self.grain[np.ix_(at_y, at_x)] * strength
        return matched


def _blur(subject: Subject) -> float:
    """Return how much less a slight blur changes the edges of the face than a strong one."""
    low, high = subject.points[:468, :2].min(0), subject.points[:468, :2].max(0)
    x0, y0 = np.maximum(low, 0).astype(int)
    x1, y1 = high.astype(int) + 1
    face = to_yuv(subject.image[y0:y1, x0:x1])[..., 0]
    slight, strong = (np.abs(face - cv2.GaussianBlur(face, (0, 0), s)) for s in (1.0, 2.5))
    edges = strong >= np.percentile(strong, 95)
    ratio = float(slight[edges].mean() / max(float(strong[edges].mean()), 1e-3))
    sigmas = np.linspace(0, 2 * SOFTEST, 60)
    ratios = (1 - sigmas / np.hypot(sigmas, 1.0)) / (1 - sigmas / np.hypot(sigmas, 2.5))
    sigma = float(np.interp(-ratio, -ratios, sigmas))
    return float(np.sqrt(max(min(sigma, SOFTEST) ** 2 - SHARPEST**2, 0.0)))


def _grain(subject: Subject) -> Floats:
    """Return the texture of a cheek, mirrored into a tile without seams."""
    x, y = subject.points[at.CHEEKS[2], :2].round().astype(int)
    reach = max(8, round(0.10 * subject.eyes_apart))
    width, height = subject.size
    x0, y0 = np.clip(x - reach, 0, width - 2 * reach), np.clip(y - reach, 0, height - 2 * reach)
    cheek = to_yuv(subject.image[y0 : y0 + 2 * reach, x0 : x0 + 2 * reach])[..., 0]
    fine = np.clip(cheek - cv2.GaussianBlur(cheek, (0, 0), 2.0), -GRAIN, GRAIN)
    half = np.hstack([fine, fine[:, ::-1]])
    tile: Floats = np.vstack([half, half[::-1]]).astype(np.float32)
    return tile


def without_folds(subject: Subject, lips: Lips, smile: float) -> Rgb:
    """Soften the folds of a smile by the share in which the smile is removed."""
    share = FOLDS * float(np.clip((smile - 0.02) / 0.08, 0, 1))
    if share <= 0:
        return subject.image
    lines = [subject.points[list(line), :2] for line in at.SMILE_FOLDS]
    places, room = np.vstack(lines), 0.5 * lips.unit
    low = np.maximum(places.min(0) - room, 0).astype(int)
    high = np.minimum(places.max(0) + room, subject.size).astype(int)
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    image = subject.image[part].astype(np.float32)
    mask = np.zeros(image.shape[:2], np.float32)
    for line in lines:
        points = (line - low).round().astype(np.int32)
        cv2.polylines(mask, [points], False, 1.0, max(1, round(0.22 * lips.unit)))
    mouth = subject.points[[*at.UPPER_OUTER, *reversed(at.LOWER_OUTER[1:-1])], :2] - low
    cv2.fillPoly(mask, [mouth.round().astype(np.int32)], 0.0)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.05 * lips.unit)
    # A fold is what is darker than all around it.
    reach = 2 * round(0.09 * lips.unit) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach))
    soft = cv2.GaussianBlur(image, (0, 0), 0.02 * lips.unit)
    flat = cv2.GaussianBlur(cv2.morphologyEx(soft, cv2.MORPH_CLOSE, kernel), (0, 0), reach / 4)
    lighter = np.maximum(flat - soft, 0) * (share * mask)[..., None]
    eased: Rgb = subject.image.copy()
    eased[part] = np.clip(image + lighter + 0.5, 0, 255).astype(np.uint8)
    return eased


def bare_lips(subject: Subject, lips: Lips) -> tuple[Floats, Floats]:
    """Return how far teeth and gums extend over the mesh's lips, in mouth units.

    A value for each place of the seam. Only an open mouth has any.
    """
    none = np.zeros_like(lips.gap)
    if float(lips.gap[5]) < 0.03:
        return none, none
    lab = cv2.cvtColor(subject.image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    inner, outer = at.UPPER_INNER, at.UPPER_OUTER
    above, below = (subject.points[list(line), :2] for line in (inner, at.LOWER_INNER))
    inside = _colour(lab, (0.5 * (above + below))[3:8])
    found = []
    for edge, rim in ((inner, outer), (at.LOWER_INNER, at.LOWER_OUTER)):
        from_ = subject.points[list(edge), :2]
        to = subject.points[list(rim), :2]
        flesh = _colour(lab, (0.35 * from_ + 0.65 * to)[2:9])
        length = np.maximum(np.linalg.norm(to - from_, axis=1), 1e-3) / lips.unit
        steps = np.linspace(0, 1, 13, dtype=np.float32)
        share = steps[None, :, None] * np.minimum(BARE / length, 0.6)[:, None, None]
        way = (from_[:, None] + (to - from_)[:, None] * share).astype(np.float32)
        seen = cv2.remap(lab, way[..., 0], way[..., 1], cv2.INTER_LINEAR)
        foreign = np.linalg.norm(seen - flesh, axis=-1) > np.linalg.norm(seen - inside, axis=-1)
        reach = np.cumprod(foreign, axis=1).sum(1) / len(steps) * np.minimum(BARE, 0.6 * length)
        reach[[0, 1, -2, -1]] = 0
        found.append(np.convolve(np.pad(reach, 1), [0.25, 0.5, 0.25], "valid").astype(np.float32))
    return found[0], found[1]


def _colour(lab: Floats, places: Floats) -> Floats:
    x, y = places.astype(np.float32).T
    seen = cv2.remap(lab, x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    middle: Floats = np.median(seen[0], axis=0)
    return middle
