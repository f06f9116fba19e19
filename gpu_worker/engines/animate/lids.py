"""Draw blinks: the upper lid closes over the eye, which does not move.

A still has no closed lids, so `lid_skin.py` paints them. A blink moves that picture down
with the edge of the lid and its lashes.
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
"""The thickness of the line of lashes on a closed lid, in widths of the eye."""
APPEARS = 0.3
"""The share of a blink over which the painted lid fades in over the still."""
NARROWEST = 0.12
"""The smallest height to which the picture of the lid is compressed (open eye = 1)."""


@dataclass(frozen=True)
class Lid:
    """One eye of the still: its lids as curves over x, and the closed lid's picture."""

    eye: Eye
    box: Box
    skin: Floats
    """Colours relative to black, then the opacity: rows x cols x 4."""
    lashes: Floats
    """The darkness of the lashes, by x from the left of `box` and by rows below the edge."""
    seen: float
    """The share of the eye that no hair or frame of glasses covers, 0 to 1."""

    def close(self, sx: Floats, sy: Floats, amount: float) -> tuple[Floats, Floats]:
        """Return the colour of the lid at each pixel, and its opacity.

        `sx`, `sy` are the places in the still that the pixels would show if the eye were open.
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
        """Return the thin shadow under the edge of the lid, which fades towards the corners."""
        across = np.minimum(sx - self.eye.x[0], self.eye.x[-1] - sx) / self.eye.wide
        line: Floats = self.eye.lash * np.exp(-((below - 0.2) ** 2)) * step(across, -0.04, 0.2)
        return line


def find_lids(subject: Subject) -> tuple[Lid, ...]:
    """Return both lids; none if too much of an eye is covered."""
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
