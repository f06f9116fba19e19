"""Draw blinks: the upper lid closes over an eye that does not move.

A still shows no closed lids. They are made once: the skin around the eye is extended over eye and
lashes, a little darker towards the lashes. A blink reveals this from above, with the line of the
lashes at its edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import BLACK, to_yuv
from gpu_worker.engines.animate.fields import step
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
LASHES = 0.20
"""How far lashes reach above the edge of the lid, in widths of the eye."""
LINE = 0.036
"""Thickness of the line of lashes on a closed lid, in widths of the eye."""
SKIN = 0.7
"""Share of the cheek's colour in a closed lid."""
APPEARS = 0.3
"""Share of a blink in which the painted lid replaces that of the still."""


@dataclass(frozen=True)
class Lid:
    """An eye of the still: its lids as curves over x, and a picture of the closed lid."""

    x: Floats
    upper: Floats
    lower: Floats
    box: Box
    skin: Floats
    """Colours without black, and opacity: rows x cols x 4."""
    lash: float
    """Brightness of the line of lashes relative to the skin, 0 (black) to 1."""

    @property
    def wide(self) -> float:
        return float(self.x[-1] - self.x[0])

    def close(self, sx: Floats, sy: Floats, amount: float) -> tuple[Floats, Floats]:
        """Return the colour of the lid at each pixel, and its opacity.

        `sx`, `sy` are the source positions of the pixels with the eye open.
        """
        upper, lower = np.interp(sx, self.x, self.upper), np.interp(sx, self.x, self.lower)
        edge = upper + amount * (np.maximum(lower - upper, 0) + 0.02 * self.wide)
        above = edge - sy
        at_x, at_y = (sx - self.box[0]).astype(np.float32), (sy - self.box[1]).astype(np.float32)
        skin = cv2.remap(self.skin, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        across = np.minimum(sx - self.x[0], self.x[-1] - sx) / self.wide
        thick = max(LINE * self.wide, 0.8)
        line = np.exp(-((above / thick) ** 2)) * step(across, -0.02, 0.12)
        colour = skin[..., :3] * (1 - (1 - self.lash) * line)[..., None] + BLACK
        cover = np.clip(above / thick + 1.2, 0, 1) * skin[..., 3] * min(1.0, amount / APPEARS)
        return colour.astype(np.float32), cover.astype(np.float32)


def find_lids(subject: Subject) -> tuple[Lid, Lid]:
    return _lid(subject, at.LEFT_EYE), _lid(subject, at.RIGHT_EYE)


def _lid(subject: Subject, eye: tuple[tuple[int, ...], ...]) -> Lid:
    upper, lower = (subject.points[list(line), :2] for line in eye)
    x = np.maximum.accumulate(upper[:, 0] + np.arange(9, dtype=np.float32) * 1e-3)
    under = np.interp(x, lower[:, 0], lower[:, 1]).astype(np.float32)
    wide = float(x[-1] - x[0])
    box = _box(subject, np.vstack([upper, lower]), 0.75 * wide)
    skin = _closed(subject, box, x, upper[:, 1], under)
    return Lid(x, upper[:, 1], under, box, skin, _lash(subject, upper))


def _closed(subject: Subject, box: Box, x: Floats, upper: Floats, lower: Floats) -> Floats:
    """Return the area around the eye with skin in place of the eye."""
    x0, y0, x1, y1 = box
    wide = float(x[-1] - x[0])
    yuv = to_yuv(subject.image[y0:y1, x0:x1]) - BLACK
    px, py = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    beside = np.maximum(np.maximum(x[0] - px, px - x[-1]), 0) / wide
    top, bottom = np.interp(px, x, upper), np.interp(px, x, lower)
    room = np.maximum(0.0, 1 - (beside / 0.16) ** 2)
    eye = (py > top - LASHES * wide * room) & (py < bottom + 0.07 * wide * room) & (beside < 0.16)
    filled = _as_skin(_grown(yuv, eye, wide), subject, eye)
    # The lid is curved: it is darker towards the lashes.
    inside = step((py - top) / np.maximum(bottom - top, 1), 0.0, 1.0) * (beside == 0)
    filled = filled * (1 - 0.10 * inside)[..., None]
    shown = cv2.GaussianBlur(eye.astype(np.float32), (0, 0), max(0.8, 0.03 * wide))
    return np.dstack([filled, shown]).astype(np.float32)


def _as_skin(colour: Floats, subject: Subject, eye: npt.NDArray[np.bool_]) -> Floats:
    """Shift colours that came from lashes and shadow towards the skin of the cheek."""
    skin = to_yuv(subject.skin()) - BLACK
    share = SKIN * cv2.GaussianBlur(eye.astype(np.float32), (0, 0), 1.5)[..., None]
    # As bright as the surroundings of this eye: light may come from one side.
    around = 0.95 * np.float32(np.percentile(colour[~eye][:, 0], 60))
    light = colour[..., :1] + (np.maximum(around, colour[..., :1]) - colour[..., :1]) * share
    hue = colour[..., 1:] + (skin[1:] * light / max(float(skin[0]), 1.0) - colour[..., 1:]) * share
    lid: Floats = np.concatenate([light, hue], axis=-1).astype(np.float32)
    return lid


def _grown(colour: Floats, hole: npt.NDArray[np.bool_], wide: float) -> Floats:
    """Fill a hole with its surroundings, from near to far."""
    known = (~hole).astype(np.float32)
    filled = colour * known[..., None]
    cover = known.copy()
    for reach in (0.06, 0.12, 0.24, 0.5):
        sigma = max(1.0, reach * wide)
        weight = cv2.GaussianBlur(cover, (0, 0), sigma)
        near = cv2.GaussianBlur(filled * cover[..., None], (0, 0), sigma)
        value = near / np.maximum(weight, 1e-4)[..., None]
        gains = np.clip(weight * 1.5, 0, 1) * (1 - cover)
        filled = filled * cover[..., None] + value * gains[..., None]
        cover = cover + gains
        filled /= np.maximum(cover, 1e-4)[..., None]
    soft = cv2.GaussianBlur(filled, (0, 0), max(0.8, 0.04 * wide))
    grown: Floats = np.where(hole[..., None], soft, colour).astype(np.float32)
    return grown


def _lash(subject: Subject, upper: Floats) -> float:
    """Return the brightness along the edge of the open lid, relative to the cheek."""
    height, width = subject.image.shape[:2]
    spots = upper[1:-1].round().astype(int)
    seen = [
        subject.image[min(max(y, 0), height - 1), min(max(x, 0), width - 1)].mean()
        for x, y in spots
    ]
    return float(np.clip(np.percentile(seen, 25) / (185 * subject.lum()), 0.25, 0.6))


def _box(subject: Subject, places: Floats, room: float) -> Box:
    width, height = subject.size
    low, high = places.min(0) - room, places.max(0) + room
    return (
        max(int(low[0]), 0),
        max(int(low[1]), 0),
        min(int(high[0]) + 1, width),
        min(int(high[1]) + 1, height),
    )
