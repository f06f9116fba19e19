"""Draws a frame: the still, bent by the controls, with an open mouth and blinking eyes.

The background is drawn once. Of the moving part, two bends are computed on the
coarse grid (what hangs on the upper lip, what hangs on the jaw) and joined
along the mouth; only around mouth and eyes are pixels looked at twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.canvas import Canvas, pixels
from gpu_worker.engines.animate.fields import CONTROLS, HEAD, JAW_SHARE, build_fields, step
from gpu_worker.engines.animate.grid import Grid
from gpu_worker.engines.animate.interior import Interior, Opening
from gpu_worker.engines.animate.lids import Lid, find_lids
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.person import movable
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
SMILE_AT_REST, WIDTH_AT_REST = 0.02, 0.98
FLESH = 0.012
"""The landmark model draws the lips' edge this far (mouth units) inside them."""


class Painter:
    """Frames of one subject, as planes for the encoder."""

    def __init__(self, subject: Subject) -> None:
        self._grid = Grid.over(subject.size, subject.eyes_apart)
        self._lips = Lips.of(subject)
        person = movable(subject, self._grid)
        self._fields = build_fields(subject, self._grid, self._lips, person)
        self._interior = Interior(subject, self._lips)
        self._lids = find_lids(subject)
        self._points = subject.points[:, :2]
        self._canvas = Canvas(subject.image, self._grid, self._fields.moves())

    def draw(self, controls: Mapping[str, float]) -> bytes:
        """The frame for these controls, as yuv420p."""
        controls = self._relaxed(controls)
        amounts = np.array([controls.get(name, 0.0) for name in CONTROLS], np.float32)
        upper, lower = self._fields.moved(amounts)
        opening = self._opening(upper, lower, controls)
        back_upper, back_lower = self._grid.invert(upper), self._grid.invert(lower)
        seam = (opening.upper + opening.lower) / 2
        hangs_below = self._grid.places[..., 1] > np.interp(
            self._grid.places[..., 0], seam[:, 0], seam[:, 1]
        )
        self._canvas.bend(np.where(hangs_below[..., None], back_lower, back_upper))
        self._draw_mouth(back_upper, back_lower, opening)
        if controls.get("blink", 0.0) > 0.02:
            for lid in self._lids:
                self._draw_lid(lid, back_upper, controls["blink"])
        return self._canvas.planes

    def _relaxed(self, controls: Mapping[str, float]) -> dict[str, float]:
        """The still's own smile, taken back by the share that `relax` says.

        Nobody says a sentence through the smile of a photograph.
        """
        relax = controls.get("relax", 0.0)
        smile = max(0.0, self._lips.smile - SMILE_AT_REST)
        wide = max(0.0, self._lips.width - WIDTH_AT_REST)
        return {
            **controls,
            "smile": controls.get("smile", 0.0) - relax * smile,
            "wide": controls.get("wide", 0.0) - relax * wide,
        }

    def _opening(self, upper: Floats, lower: Floats, controls: Mapping[str, float]) -> Opening:
        """Where the lips' inner edges have gone."""
        edges = []
        for field, line in ((upper, at.UPPER_INNER), (lower, at.LOWER_INNER)):
            from_ = self._points[list(line)]
            edges.append(from_ + self._grid.sample(field, from_))
        top, bottom = edges
        # The corners belong to both lips.
        top[[0, -1]] = bottom[[0, -1]] = (top[[0, -1]] + bottom[[0, -1]]) / 2
        # Lips that press each other meet in the middle.
        crossed = np.maximum(top[:, 1] - bottom[:, 1], 0)[:, None] * [0, 0.5]
        top, bottom = top - crossed, bottom + crossed
        head = np.array([controls.get(n, 0.0) if n in HEAD else 0.0 for n in CONTROLS], np.float32)
        moved, _ = self._fields.moved(head)
        centre = self._lips.centre
        return Opening(
            upper=_curve(top),
            lower=_curve(bottom),
            skull=centre + self._grid.sample(moved, centre[None])[0],
            jaw=JAW_SHARE * controls.get("open", 0.0),
            tongue=controls.get("tongue", 0.0),
        )

    def _draw_mouth(self, back_upper: Floats, back_lower: Floats, opening: Opening) -> None:
        box = self._box_around(np.vstack([opening.upper, opening.lower]))
        here = pixels(box)
        flesh = FLESH * self._lips.unit
        halves = []
        for back, away in ((back_upper, -flesh), (back_lower, flesh)):
            source = here - self._grid.spread(back, box)
            # Nothing of the still's teeth may cling to a lip.
            source[..., 1] += away * self._near_edge(here, opening, away)
            halves.append(self._canvas.take(source).astype(np.float32))
        top = np.interp(here[..., 0], opening.upper[:, 0], opening.upper[:, 1])
        bottom = np.interp(here[..., 0], opening.lower[:, 0], opening.lower[:, 1])
        y = here[..., 1]
        below = np.clip(y - (top + bottom) / 2 + 0.5, 0, 1)[..., None]
        face = halves[0] * (1 - below) + halves[1] * below
        soft = max(1.0, 0.012 * self._lips.unit)
        inside = np.clip((y - top) / soft + 0.5, 0, 1) * np.clip((bottom - y) / soft + 0.5, 0, 1)
        inside *= np.clip((bottom - top) / soft - 0.5, 0, 1)
        if inside.any():
            cover = inside[..., None].astype(np.float32)
            face = face * (1 - cover) + self._interior.paint(opening, box) * cover
        self._canvas.paste(box, face)

    def _near_edge(self, here: Floats, opening: Opening, away: float) -> Floats:
        """1 at the edge of a lip, fading into it."""
        line = opening.upper if away < 0 else opening.lower
        edge = np.interp(here[..., 0], line[:, 0], line[:, 1])
        distance = np.abs(here[..., 1] - edge) / (0.06 * self._lips.unit)
        within = np.minimum(here[..., 0] - line[0, 0], line[-1, 0] - here[..., 0])
        near: Floats = np.clip(1 - distance, 0, 1) * step(within / self._lips.unit, 0.0, 0.15)
        return near

    def _draw_lid(self, lid: Lid, back: Floats, amount: float) -> None:
        box = self._canvas.even(lid.box)
        source = pixels(box) - self._grid.spread(back, box)
        skin, cover = lid.close(source[..., 0], source[..., 1], amount)
        seen = self._canvas.take(source)
        cover = cover[..., None]
        self._canvas.paste(box, seen * (1 - cover) + skin * cover)

    def _box_around(self, places: Floats) -> Box:
        room = 0.12 * self._lips.unit + 2
        low, high = places.min(0) - room, places.max(0) + room
        return self._canvas.even((int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1))


def _curve(line: Floats) -> Floats:
    """A smooth line through a lip's points (Catmull-Rom), left to right for interpolation."""
    ends = np.vstack([2 * line[0] - line[1], line, 2 * line[-1] - line[-2]])
    t = np.linspace(0, 1, 5)[:-1, None, None]
    a, b, c, d = ends[:-3], ends[1:-2], ends[2:-1], ends[3:]
    between = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    curve = np.vstack([between.transpose(1, 0, 2).reshape(-1, 2), line[-1:]])
    rising: Floats = curve.astype(np.float32)
    rising[:, 0] = np.maximum.accumulate(rising[:, 0] + np.arange(len(curve)) * 1e-3)
    return rising
