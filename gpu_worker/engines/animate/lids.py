"""Blinks: the upper lid comes down over an eye that stays where it is.

A still shows no closed lids; `lid_skin.py` makes them. A blink draws that picture down
with the lid's edge and its lashes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import BLACK
from gpu_worker.engines.animate.fields import step
from gpu_worker.engines.animate.lid_skin import Eye, closed_lid, lashes
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
LINE = 0.022
"""How thick, in widths of the eye, the line of the lashes is on a closed lid."""
APPEARS = 0.3
"""The part of a blink in which the made lid takes over from the still's own."""
NARROWEST = 0.12
"""Of the open eye: as far as the picture of the closed lid is pressed together."""


@dataclass(frozen=True)
class Lid:
    """One eye of the still: its lids as curves over x, and the closed lid's picture."""

    eye: Eye
    box: Box
    skin: Floats
    """Colours without black, then how far this picture may be seen: rows x cols x 4."""
    lashes: Floats
    """How dark the lashes are, over x from the inner corner of `box` and below the edge."""
    seen: float
    """How much of the eye lies free, 0 to 1: hair or a frame may be before it."""

    def close(self, sx: Floats, sy: Floats, amount: float) -> tuple[Floats, Floats]:
        """The lid's colour at each pixel, and how much it covers.

        `sx`, `sy` say where the pixels would come from with the eye open.
        """
        eye, (left, top, _, _) = self.eye, self.box
        upper, lower = eye.upper_at(sx), eye.lower_at(sx)
        gap = np.maximum(lower - upper, 0.02 * eye.wide)
        edge = upper + amount * (gap + 0.02 * eye.wide)
        # The picture of the lid moves down with its edge.
        inside = np.maximum(sy - upper, 0)
        from_y = np.minimum(sy, upper) + inside * gap / np.maximum(edge - upper, NARROWEST * gap)
        at_x = (sx - left).astype(np.float32)
        at_y = (from_y - top).astype(np.float32)
        skin = cv2.remap(self.skin, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        below = (sy - edge).astype(np.float32)
        thick = max(LINE * eye.wide, 0.8)
        shown = skin[..., 3] * min(1.0, amount / APPEARS)
        cover = np.clip(0.7 - below / thick, 0, 1) * shown
        dark = cv2.remap(self.lashes, at_x, below, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        dark = np.maximum(dark, self._line(sx, below / thick)) * np.maximum(shown, 0)
        covers = 1 - (1 - cover) * (1 - dark)
        colour = skin[..., :3] * (cover * (1 - dark) / np.maximum(covers, 1e-4))[..., None]
        return (colour + BLACK).astype(np.float32), covers.astype(np.float32)

    def _line(self, sx: Floats, below: Floats) -> Floats:
        """The thin shadow under the lid's edge; it thins out towards the corners."""
        across = np.minimum(sx - self.eye.x[0], self.eye.x[-1] - sx) / self.eye.wide
        line: Floats = self.eye.lash * np.exp(-((below - 0.2) ** 2)) * step(across, -0.04, 0.2)
        return line


def find_lids(subject: Subject) -> tuple[Lid, ...]:
    """Both lids; none if too little of an eye is free to be closed."""
    found = tuple(_lid(subject, eye) for eye in (at.LEFT_EYE, at.RIGHT_EYE))
    return found if min(lid.seen for lid in found) > 0.75 else ()


def _lid(subject: Subject, lines: tuple[tuple[int, ...], ...]) -> Lid:
    upper, lower = (subject.points[list(line), :2] for line in lines)
    eye = Eye.of(upper, lower)
    box = _box(subject, np.vstack([upper, lower]), 0.75 * eye.wide)
    skin, seen = closed_lid(subject, box, eye)
    return Lid(eye, box, skin, lashes(subject, box, eye), seen)


def _box(subject: Subject, places: Floats, room: float) -> Box:
    width, height = subject.size
    low, high = places.min(0) - room, places.max(0) + room
    return (
        max(int(low[0]), 0),
        max(int(low[1]), 0),
        min(int(high[0]) + 1, width),
        min(int(high[1]) + 1, height),
    )
