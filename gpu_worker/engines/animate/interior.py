"""Paint the inside of the open mouth, with teeth that move with the skull and the jaw."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import teeth as tooth
from gpu_worker.engines.animate.colour import BLACK
from gpu_worker.engines.animate.fields import step
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.still_look import Look
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
THROAT = (52, 20, 20)
TONGUE = (168, 84, 82)
GLOW = (58, 26, 22)
Box = tuple[int, int, int, int]
PARTED = (0.08, 0.30)
"""Gaps (mouth units) between which the tongue comes out of the shadow."""
HIDDEN, DARKENED = 0.05, 0.35
"""How far rounded lips cover the upper teeth (mouth units), and how much they darken."""


@dataclass(frozen=True)
class Opening:
    """The mouth of one frame in pixels: the inner edges of the lips, skull and jaw."""

    upper: Floats
    lower: Floats
    skull: Floats
    jaw: float
    tongue: float
    rounded: float = 0.0
    """How far the lips are pushed forward, which hides the teeth."""


class Interior:
    """The colours inside the mouth at any pixel, for any opening."""

    def __init__(self, subject: Subject, lips: Lips, look: Look) -> None:
        self._lips = lips
        self._look = look
        self._teeth = tooth.find_teeth(subject, lips)
        self._throat = tooth.paint(THROAT, subject)
        self._tongue = tooth.paint(TONGUE, subject)
        self._glow = tooth.paint(GLOW, subject)

    def paint(self, opening: Opening, box: Box) -> Floats:
        """Return Y'CbCr of every pixel of the box, as if all of it were mouth."""
        lips, unit = self._lips, self._lips.unit
        x0, y0, x1, y1 = box
        px, py = np.meshgrid(
            np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32)
        )
        dx, dy = (px - opening.skull[0]) / unit, (py - opening.skull[1]) / unit
        x = dx * lips.across[0] + dy * lips.across[1]
        y = dx * lips.down[0] + dy * lips.down[1]
        top, bottom = (
            np.interp(px[0], line[:, 0], line[:, 1]).astype(np.float32)[None]
            for line in (opening.upper, opening.lower)
        )
        below, above = (py - top) / unit, (bottom - py) / unit
        middle = len(opening.upper) // 2
        gap = float((opening.lower[middle, 1] - opening.upper[middle, 1]) / unit)
        out = self._throat * (0.45 + 0.55 * step(-below, -0.34, 0.0))[..., None]
        out = self._with_tongue(out, x, above, gap, opening.tongue)
        out = _over(out, self._teeth.lower, x, y - opening.jaw - self._lower_edge(), 0.85)
        hidden = HIDDEN * opening.rounded
        if self._teeth.own:  # they have the still's blur and grain already
            out = self._look.match(out, x0, y0)
        out = _over(out, self._teeth.upper, x, y - self._upper_edge() + hidden, 1.0)
        # The lips throw a shadow, the corners lie deep.
        shade = (0.62 + 0.38 * step(below, -0.01, 0.05)) * (0.8 + 0.2 * step(above, 0.0, 0.05))
        shade = shade * (1 - DARKENED * opening.rounded)
        left, right = opening.upper[0, 0], opening.upper[-1, 0]
        deep = step(np.minimum(px - left, right - px) / unit, 0.0, 0.17)
        shade = (shade * (0.45 + 0.55 * deep))[..., None]
        # Light inside the mouth is reflected by flesh, so shaded teeth are not grey.
        lit = np.asarray(out * shade + self._glow * (1 - shade), np.float32)
        return np.asarray((lit if self._teeth.own else self._look.match(lit, x0, y0)) + BLACK)

    def _upper_edge(self) -> float:
        """Return where the upper teeth end: painted ones a little below the seam of the lips."""
        return 0.0 if self._teeth.own else 0.05

    def _lower_edge(self) -> float:
        return 0.03

    def _with_tongue(
        self, out: Floats, x: Floats, above: Floats, gap: float, raised: float
    ) -> Floats:
        """Add the tongue, which rises to the upper teeth for l, n, t, d."""
        high = 0.09 + 0.28 * raised * min(1.0, gap / 0.2)
        shape = np.clip(1 - (x / 0.30) ** 2 - ((above - 0.01) / max(high, 0.02)) ** 2, 0, 1)
        cover = step(shape, 0.0, 0.35) * float(np.clip((gap - 0.07) / 0.12, 0, 1)) * 0.85
        # Little light falls through lips that have only parted.
        light = (0.62 + 0.38 * shape) * np.interp(gap, PARTED, (0.35, 1.0))
        mixed: Floats = out * (1 - cover)[..., None] + self._tongue * (cover * light)[..., None]
        return mixed


def _over(out: Floats, layer: tooth.Layer, x: Floats, y: Floats, most: float) -> Floats:
    at_x = ((x - tooth.LEFT) * tooth.DENSITY).astype(np.float32)
    at_y = ((y - tooth.TOP) * tooth.DENSITY).astype(np.float32)
    colour = cv2.remap(layer.colour, at_x, at_y, cv2.INTER_LINEAR)
    cover = cv2.remap(layer.cover, at_x, at_y, cv2.INTER_LINEAR)[..., None] * most
    mixed: Floats = out * (1 - cover) + colour * cover
    return mixed
