"""Paint a closed eyelid from the skin around the eye in the still.

At the crease the lid is as dark as the skin there. Below, it brightens as a ball does in the
light, and darkens again towards the lashes. It has the grain of the cheek and the lashes of
the open eye, turned down. Hair, brows and the frames of glasses stay in front of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.colour import BLACK, to_yuv
from gpu_worker.engines.animate.fields import step
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
CREASE = (0.19, 0.09)
"""The band of skin sampled above the open eye: its distance in widths of the eye."""
UNDER = (0.12, 0.32)
"""The band of skin sampled below the eye."""
BALL, TURNED = 0.45, 0.16
"""The share of the lid over which it brightens, and how much it darkens at the lashes."""
CORNERS, FADES = (0.0, 0.18), (0.06, 0.24)
"""Where the lid fades out beside and above the eye: a shut eye has a fainter crease."""
LASHES = 0.16
"""The greatest length of lashes, in widths of the eye."""
GRAINY = (0.45, 0.75)
"""The band below the eye whose grain the lid gets, in widths of the eye."""
GRAIN = 9.0
"""The greatest difference in brightness that counts as grain of the skin."""


@dataclass(frozen=True)
class Eye:
    """The lids of an open eye as curves over x, in pixels, and the darkness of its lashes."""

    x: Floats
    upper: Floats
    lower: Floats
    lash: float = 0.5

    @classmethod
    def of(cls, upper: Floats, lower: Floats) -> Eye:
        x = np.maximum.accumulate(upper[:, 0] + np.arange(9, dtype=np.float32) * 1e-3)
        under = np.interp(x, lower[:, 0], lower[:, 1]).astype(np.float32)
        return cls(x, upper[:, 1], under)

    @property
    def wide(self) -> float:
        return float(self.x[-1] - self.x[0])

    def upper_at(self, x: Floats) -> Floats:
        return np.interp(x, self.x, self.upper).astype(np.float32)

    def lower_at(self, x: Floats) -> Floats:
        return np.interp(x, self.x, self.lower).astype(np.float32)


class _Patch:
    """The pixels around an eye, and their positions relative to the lids."""

    def __init__(self, subject: Subject, box: Box, eye: Eye) -> None:
        x0, y0, x1, y1 = box
        self.eye = eye
        self.yuv = to_yuv(subject.image[y0:y1, x0:x1]) - BLACK
        self.columns = np.arange(x0, x1, dtype=np.float32)
        rows = np.arange(y0, y1, dtype=np.float32)[:, None]
        top, bottom = eye.upper_at(self.columns), eye.lower_at(self.columns)
        self.above = (top - rows) / eye.wide
        """Distance above the upper lid in widths of the eye; negative below its edge."""
        self.below = (rows - bottom) / eye.wide
        self.beside = np.maximum(eye.x[0] - self.columns, self.columns - eye.x[-1]) / eye.wide
        self.down = (rows - top) / np.maximum(bottom - top, 0.04 * eye.wide)
        """0 at the upper lid's edge, 1 at the lower one's."""

    def thin(self) -> Floats:
        """Return how much darker each pixel is than its surroundings: lashes, not broad shadows."""
        return _thin(self.yuv[..., 0], self.eye)

    def skin(self, inside: npt.NDArray[np.bool_], share: float) -> Floats:
        """Return the colour of a band of skin in each column, from its lighter part, smoothed."""
        light = np.where(inside, self.yuv[..., 0], np.nan)
        usual = np.nanmedian(light) if inside.any() else np.nanmedian(self.yuv[..., 0])
        level = np.full(len(self.columns), usual, np.float32)
        full = inside.sum(0) > 0
        level[full] = np.nanpercentile(light[:, full], share, axis=0)
        tints = []
        for channel in (1, 2):
            found = np.where(inside, self.yuv[..., channel], np.nan)
            mean = np.full_like(level, np.nanmedian(found) if inside.any() else 0)
            mean[full] = np.nanmedian(found[:, full], axis=0)
            tints.append(mean)
        rows = np.stack([level, *tints], -1)
        # Only columns of the eye itself: beside it are nose, hair and background.
        ends = np.searchsorted(self.columns, self.eye.x[[0, -1]])
        rows = np.pad(
            rows[ends[0] : max(ends[1], ends[0] + 1)],
            ((ends[0], len(rows) - max(ends[1], ends[0] + 1)), (0, 0)),
            mode="edge",
        )
        sigma = max(1.0, 0.14 * self.eye.wide)
        smooth = cv2.GaussianBlur(rows[None], (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        band: Floats = smooth.astype(np.float32)
        return band


def closed_lid(subject: Subject, box: Box, eye: Eye) -> tuple[Floats, float]:
    """Return the lid with its opacity (rows x cols x 4), and the uncovered share of the eye."""
    patch = _Patch(subject, box, eye)
    over = patch.skin((patch.above < CREASE[0]) & (patch.above > CREASE[1]), 75)
    under = patch.skin((patch.below > UNDER[0]) & (patch.below < UNDER[1]), 55)
    lit = _lit(over, under, to_yuv(subject.skin()) - BLACK)
    over = _with_light(over, np.clip(over[..., :1], 0.9 * lit[..., :1], 1.02 * lit[..., :1]))
    ball = step(patch.down, -0.1, BALL)[..., None]
    colour = over + (lit - over) * ball
    across = np.clip((patch.columns - eye.x[0]) / eye.wide, 0, 1)
    shade = 1 - TURNED * step(patch.down, 0.55, 1.05) - 0.10 * (2 * across - 1) ** 4
    colour = colour * shade[..., None]
    colour[..., 0] += _grain(subject, box, eye)
    free = _free(patch, float(np.median(lit[..., 0])))
    shown = _shown(patch) * free
    opening = (patch.down > 0) & (patch.down < 1) & (patch.beside < 0)
    seen = float(free[opening].mean()) if opening.any() else 1.0
    return np.dstack([colour, shown]).astype(np.float32), seen


def _lit(over: Floats, under: Floats, cheek: Floats) -> Floats:
    """Return the lid in the light: as bright as below the eye, in the colour of the skin around."""
    light = np.maximum(0.99 * under[..., :1], 0.5 * over[..., :1] + 0.5 * under[..., :1])
    shares = ((0.2, cheek[None]), (0.65, under), (0.15, over))
    tint = sum(share * skin[..., 1:] / np.maximum(skin[..., :1], 8) for share, skin in shares)
    lit: Floats = np.concatenate([light, tint * light], -1).astype(np.float32)
    return lit


def _with_light(colour: Floats, light: Floats) -> Floats:
    """Return a colour at another brightness."""
    scaled: Floats = (colour * light / np.maximum(colour[..., :1], 8)).astype(np.float32)
    return scaled


def _shown(patch: _Patch) -> Floats:
    """Return the opacity of the lid: full on the eye, and fading out around it."""
    ends = 1 - step(patch.beside, *CORNERS)
    above = 1 - step(patch.above, *FADES)
    # Also opaque where lashes of the open eye are, up to the crease.
    above = np.maximum(above, 3 * patch.thin() * (1 - step(patch.above, 0.10, 0.18)))
    above = cv2.GaussianBlur(np.clip(above, 0, 1), (0, 0), max(0.8, 0.012 * patch.eye.wide))
    below = 1 - step(patch.below, 0.03, 0.10)
    shown: Floats = (np.minimum(above, below) * ends).astype(np.float32)
    return shown


def _grain(subject: Subject, box: Box, eye: Eye) -> Floats:
    """Return the fine texture of the cheek directly below the eye.

    A low band of it, there and back: further down are folds, the nose and the mouth.
    """
    x0, y0, x1, y1 = box
    start = round(float(eye.lower.max()) + GRAINY[0] * eye.wide)
    band = max(2, round((GRAINY[1] - GRAINY[0]) * eye.wide))
    there_and_back = np.abs((np.arange(y0, y1) - y0) % (2 * band) - band)
    rows = np.clip(start + there_and_back, 0, subject.image.shape[0] - 1)
    light = to_yuv(subject.image[rows, x0:x1])[..., 0]
    fine = light - cv2.GaussianBlur(light, (0, 0), max(1.0, 0.05 * eye.wide))
    grain: Floats = np.clip(fine, -GRAIN, GRAIN).astype(np.float32)
    return grain


def _free(patch: _Patch, skin: float) -> Floats:
    """Return 0 on hair, brows and frames that extend over the eye, 1 elsewhere."""
    light = patch.yuv[..., 0]
    other = np.abs(light - skin) > 0.42 * skin
    outside = (patch.above > 0.05) | (patch.below > 0.06) | (patch.beside > 0.06)
    _, labels = cv2.connectedComponents((other & outside).astype(np.uint8))
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    kept = np.isin(labels, np.setdiff1d(edge, [0])).astype(np.float32)
    soft = cv2.GaussianBlur(kept, (0, 0), max(0.8, 0.02 * patch.eye.wide))
    free: Floats = (1 - np.clip(1.5 * soft, 0, 1)).astype(np.float32)
    return free


def _thin(light: Floats, eye: Eye) -> Floats:
    size = max(3, 2 * round(0.05 * eye.wide) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    around = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
    thin: Floats = np.clip(1 - light / np.maximum(around, 6) - 0.06, 0, 0.7).astype(np.float32)
    return thin


def lashes(subject: Subject, box: Box, eye: Eye) -> Floats:
    """Return the darkness of the open eye's lashes, turned down: rows below the edge."""
    x0, y0, x1, y1 = box
    thin = _thin(to_yuv(subject.image[y0:y1, x0:x1])[..., 0] - BLACK[0], eye)
    rows = np.arange(round(LASHES * eye.wide) + 1, dtype=np.float32)[:, None]
    columns = np.arange(x1 - x0, dtype=np.float32)[None].repeat(len(rows), 0)
    at_y = eye.upper_at(columns + x0) - rows - y0
    dark = cv2.remap(thin, columns, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    fades = np.exp(-((rows / (0.08 * eye.wide)) ** 2))
    beside = np.minimum(columns + x0 - eye.x[0], eye.x[-1] - columns - x0) / eye.wide
    drawn: Floats = (dark * fades * step(beside, -0.10, 0.06)).astype(np.float32)
    return drawn
