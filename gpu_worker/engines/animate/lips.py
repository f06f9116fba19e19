"""Measure the lips of the still: where they part, how far, and where they meet.

Every mouth is closed first, and speech opens it from there; a smile that shows the teeth is no
special case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
UPPER_SHARE = 0.35
"""Share of the upper lip in the movement that closes the mouth."""
WIDE_OPEN, UPPER_LEAST = (0.10, 0.30), 0.30
"""Gaps (mouth units) between which the jaw takes over: it shuts a mouth that is wide open."""


@dataclass(frozen=True)
class Lips:
    """Measures of the mouth in mouth units, along the face's axes, from `centre` (pixels)."""

    centre: Floats
    across: Floats
    down: Floats
    unit: float
    seam_x: Floats
    seam_y: Floats
    """The line on which the lips meet; strictly rising in x."""
    gap: Floats
    """Distance of the lips in the still, at `seam_x`."""
    upper_edge: float
    lower_edge: float
    """Outer rims of the lips on the axis, from the seam."""
    nose: float
    chin: float
    upper_share: float = UPPER_SHARE
    """Share of the upper lip in the closing of the mouth."""

    @classmethod
    def of(cls, subject: Subject) -> Lips:
        points, unit = subject.points[:, :2], subject.unit
        across, down = subject.axes
        upper, lower = points[list(at.UPPER_INNER)], points[list(at.LOWER_INNER)]
        wide = float(np.linalg.norm(lower[5] - upper[5])) / unit
        share = float(np.interp(wide, WIDE_OPEN, (UPPER_SHARE, UPPER_LEAST)))
        seam = upper + share * (lower - upper)
        centre = seam[5]

        def local(place: Floats) -> Floats:
            moved = (place - centre) / unit
            turned: Floats = np.stack([moved @ across, moved @ down], -1)
            return turned

        seam_xy = local(seam)
        gap = np.maximum((local(lower) - local(upper))[:, 1], 0)
        return cls(
            centre=centre,
            across=across,
            down=down,
            unit=unit,
            seam_x=np.maximum.accumulate(seam_xy[:, 0] + np.arange(11, dtype=np.float32) * 1e-4),
            seam_y=seam_xy[:, 1],
            gap=gap,
            upper_edge=float(local(points[0])[1]),
            lower_edge=float(local(points[17])[1]),
            nose=float(local(points[at.NOSE_BASE])[1]),
            chin=float(local(points[at.CHIN])[1]),
            upper_share=share,
        )

    def local(self, places: Floats) -> tuple[Floats, Floats, Floats]:
        """Return x from the axis, y from the seam, and u: x with the corners at -1 and 1."""
        moved = (places - self.centre) / self.unit
        x, y = moved @ self.across, moved @ self.down
        y = y - np.interp(x, self.seam_x, self.seam_y)
        u = np.where(x < 0, x / -min(self.seam_x[0], -0.1), x / max(self.seam_x[-1], 0.1))
        return x.astype(np.float32), y.astype(np.float32), u.astype(np.float32)

    def gap_at(self, x: Floats) -> Floats:
        gap: Floats = np.interp(x, self.seam_x, self.gap).astype(np.float32)
        return gap

    @property
    def jaw_shuts(self) -> float:
        """Return how far the mouth is open by the jaw, 0 (only the lips are parted) to 1."""
        return float(np.clip((self.gap[5] - WIDE_OPEN[0]) / (WIDE_OPEN[1] - WIDE_OPEN[0]), 0, 1))

    @property
    def corners(self) -> tuple[float, float]:
        return float(self.seam_x[0]), float(self.seam_x[-1])

    @property
    def width(self) -> float:
        return float(self.seam_x[-1] - self.seam_x[0])

    @property
    def smile(self) -> float:
        """How far the corners lie above the middle of the seam; about 0 in a face at rest."""
        return float(self.seam_y[5] - (self.seam_y[0] + self.seam_y[-1]) / 2)
