"""Blinks: the upper lid comes down over an eye that stays where it is.

The clean skin under the brow is drawn out over the eye, without the lashes that
stand before it; the line of the lashes itself comes down unstretched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
BARE = 0.17
"""How far above the lid's edge, in widths of the eye, lashes stand before the skin."""
CLOSES = 1.04
"""How far down the lid comes at a full blink, in eye openings."""


@dataclass(frozen=True)
class Lid:
    """One eye of the still: curves over x, all in pixels."""

    x: Floats
    upper: Floats
    lower: Floats
    fold: Floats
    lash: float
    box: Box

    @classmethod
    def of(cls, subject: Subject, eye: tuple[tuple[int, ...], ...], brow: tuple[int, ...]) -> Lid:
        upper, lower = (subject.points[list(line), :2] for line in eye)
        x = np.maximum.accumulate(upper[:, 0] + np.arange(9, dtype=np.float32) * 1e-3)
        under = np.interp(x, lower[:, 0], lower[:, 1])
        wide = float(x[-1] - x[0])
        brow_y = float(subject.points[list(brow[5:]), 1].mean())
        room = np.maximum(upper[:, 1] - brow_y, 0.1 * wide)
        arc = np.sin(np.linspace(0, np.pi, 9)).astype(np.float32)
        fold = upper[:, 1] - 0.8 * room * (0.35 + 0.65 * arc)
        box = (
            int(x[0] - 0.15 * wide),
            int(fold.min() - 0.15 * wide),
            int(x[-1] + 0.15 * wide) + 1,
            int(under.max() + 0.25 * wide) + 1,
        )
        return cls(
            x, upper[:, 1], under.astype(np.float32), fold.astype(np.float32), 0.06 * wide, box
        )

    def close(self, sx: Floats, sy: Floats, amount: float) -> tuple[Floats, Floats]:
        """Where each pixel of the lid takes its colour from (rows of the still), and its cover.

        `sx`, `sy` say where the pixels would come from with the eye open.
        """
        upper, lower, fold = (np.interp(sx, self.x, y) for y in (self.upper, self.lower, self.fold))
        edge = upper + amount * CLOSES * np.maximum(lower - upper, 0)
        from_edge = edge - sy
        # A row of skin under the lid's own edge belongs to it: the lashes.
        lashes = upper + 0.25 * self.lash
        stretched = np.maximum(edge - self.lash - fold, 1e-3)
        share = np.clip((sy - fold) / stretched, 0, 1)
        skin = fold + share * np.maximum(upper - BARE * self.wide - fold, 0)
        rows = np.where(from_edge < self.lash, lashes - from_edge, skin)
        from_corner = np.minimum(sx - self.x[0], self.x[-1] - sx) / (0.1 * self.wide)
        cover = np.clip(from_edge + 0.5, 0, 1) * np.clip(from_corner, 0, 1) * (sy > fold)
        return rows.astype(np.float32), cover.astype(np.float32)

    @property
    def wide(self) -> float:
        return float(self.x[-1] - self.x[0])


def find_lids(subject: Subject) -> tuple[Lid, Lid]:
    return (
        Lid.of(subject, at.LEFT_EYE, at.LEFT_BROW),
        Lid.of(subject, at.RIGHT_EYE, at.RIGHT_BROW),
    )
