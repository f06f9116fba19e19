"""Draw a frame: the still, warped by the controls, with an open mouth and blinking eyes.

The background is drawn once. For the moving part, two warps are computed on the coarse grid, for
the upper lip and for the jaw, and joined along the mouth. Only mouth and eyes are drawn again on
top.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.canvas import Canvas, pixels
from gpu_worker.engines.animate.colour import BLACK
from gpu_worker.engines.animate.fields import CONTROLS, HEAD, JAW_SHARE, build_fields, step
from gpu_worker.engines.animate.grid import Grid
from gpu_worker.engines.animate.interior import Interior, Opening
from gpu_worker.engines.animate.lids import Lid, find_lids
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.person import movable
from gpu_worker.engines.animate.still_look import Look, bare_lips, without_folds
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
SEAM, SHADOW = 0.022, 0.38
"""The shadow between closed lips: its thickness (mouth units), and how dark it is."""
SMILE_AT_REST, WIDTH_AT_REST = 0.02, 0.98
CORNERS_FALL = 0.2
"""How far the corners of an opening mouth move down with the jaw."""
LIP_EDGE_OFFSET = 0.012
"""The landmark model draws the lips' edge this far (mouth units) inside them."""


class Painter:
    """Draws frames of one subject, as planes for the encoder."""

    def __init__(self, subject: Subject) -> None:
        self._grid = Grid.over(subject.size, subject.eyes_apart)
        self._lips = Lips.of(subject)
        person = movable(subject, self._grid)
        self._fields = build_fields(subject, self._grid, self._lips, person)
        self._apart = self._fields.differ()
        self._look = Look.of(subject)
        self._interior = Interior(subject, self._lips, self._look)
        # Lips that are closed in the still have a shadow already.
        self._shadow = SHADOW * min(1.0, float(self._lips.gap.max()) / (2 * SEAM))
        self._lids = find_lids(subject)
        self._points = subject.points[:, :2]
        self._bare = bare_lips(subject, self._lips)
        image = without_folds(subject, self._lips, self._lips.smile - SMILE_AT_REST)
        self._canvas = Canvas(image, self._grid, self._fields.moves())

    def draw(self, controls: Mapping[str, float]) -> bytes:
        """Draw the frame for these controls, as yuv420p."""
        controls = self._relaxed(controls)
        amounts = np.array([controls.get(name, 0.0) for name in CONTROLS], np.float32)
        upper, lower = self._fields.moved(amounts)
        opening = self._opening(upper, lower, controls)
        back_upper = self._grid.invert(upper)
        back_lower = back_upper.copy()
        back_lower[self._apart] = self._grid.invert(lower, self._apart)
        seam = (opening.upper + opening.lower) / 2
        hangs_below = self._grid.places[..., 1] > np.interp(
            self._grid.places[..., 0], seam[:, 0], seam[:, 1]
        )
        self._canvas.warp(np.where(hangs_below[..., None], back_lower, back_upper))
        self._draw_mouth(back_upper, back_lower, opening)
        if controls.get("blink", 0.0) > 0.02:
            for lid in self._lids:
                self._draw_lid(lid, back_upper, controls["blink"])
        return self._canvas.planes

    def _relaxed(self, controls: Mapping[str, float]) -> dict[str, float]:
        """Reduce the smile of the still by the share `relax`; the corners follow the jaw.

        People do not keep the smile of a photograph while they speak.
        """
        fallen = CORNERS_FALL * controls.get("open", 0.0)
        relax = controls.get("relax", 0.0)
        smile = max(0.0, self._lips.smile - SMILE_AT_REST)
        wide = max(0.0, self._lips.width - WIDTH_AT_REST)
        return {
            **controls,
            "smile": controls.get("smile", 0.0) - relax * smile - fallen,
            "wide": controls.get("wide", 0.0) - relax * wide,
        }

    def _opening(self, upper: Floats, lower: Floats, controls: Mapping[str, float]) -> Opening:
        """Return the position of the inner edges of the lips."""
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
            rounded=controls.get("round", 0.0),
        )

    def _draw_mouth(self, back_upper: Floats, back_lower: Floats, opening: Opening) -> None:
        """Draw both lips at full resolution, each with its own warp, and the mouth between them."""
        box = self._box_around(np.vstack([opening.upper, opening.lower]))
        here = pixels(box)
        y, top = here[..., 1], _height(opening.upper, here)
        bottom = _height(opening.lower, here)
        over, under = self._lip_thickness(opening, here)
        lips = [
            self._lip(here, back, edge, away)
            for back, edge, away in ((back_upper, top, -over), (back_lower, bottom, under))
        ]
        below = np.clip(y - (top + bottom) / 2 + 0.5, 0, 1)[..., None]
        face = lips[0] + (lips[1] - lips[0]) * below
        self._shade_seam(face, here, top, bottom, self._within_corners(opening, here))
        soft = max(1.0, 0.012 * self._lips.unit, 1.2 * self._look.blur)
        inside: Floats = step(np.minimum(y - top, bottom - y) / soft, -0.5, 0.5)
        inside *= step((bottom - top) / soft, 0.5, 1.5)
        self._draw_inside(face, inside, box, opening)
        self._canvas.paste(box, face)

    def _shade_seam(
        self, face: Floats, here: Floats, top: Floats, bottom: Floats, within: Floats
    ) -> None:
        """Draw the thin shadow of closed lips; without it they merge in a pale or grey face."""
        thin = SEAM * self._lips.unit
        near = np.exp(-(((here[..., 1] - (top + bottom) / 2) / thin) ** 2))
        met = np.clip(1 - (bottom - top) / (2 * thin), 0, 1) * within
        face[..., 0] -= (face[..., 0] - BLACK[0]) * near * met * self._shadow

    def _lip(self, here: Floats, back: Floats, edge: Floats, away: Floats) -> Floats:
        """Return one lip and its skin, with an edge slightly wider than in the mesh.

        No pixel of the teeth of the still may remain on a lip.
        """
        x0, y0 = here[0, 0].astype(int)
        x1, y1 = here[-1, -1].astype(int) + 1
        source = here - self._grid.spread(back, (int(x0), int(y0), int(x1), int(y1)))
        room = 0.06 * self._lips.unit + 2 * np.abs(away)
        near = np.clip(1 - np.abs(here[..., 1] - edge) / room, 0, 1)
        source[..., 1] += away * near
        return self._canvas.take(source).astype(np.float32)

    def _lip_thickness(self, opening: Opening, here: Floats) -> tuple[Floats, Floats]:
        """Return how much each lip is thicker than in the mesh, in pixels per column."""
        within = self._within_corners(opening, here) * self._lips.unit
        x = (here[0, :, 0] - opening.skull[0]) / self._lips.unit
        over, under = (
            (within * (LIP_EDGE_OFFSET + np.interp(x, self._lips.seam_x, bare)[None])).astype(
                np.float32
            )
            for bare in self._bare
        )
        return over, under

    def _within_corners(self, opening: Opening, here: Floats) -> Floats:
        """Return 0 at the corners of the mouth and beyond, 1 inside; one value per column."""
        x = here[0, :, 0]
        from_corner = np.minimum(x - opening.upper[0, 0], opening.upper[-1, 0] - x)
        return step(from_corner / self._lips.unit, 0.0, 0.15)[None]

    def _draw_inside(self, face: Floats, inside: Floats, box: Box, opening: Opening) -> None:
        """Draw teeth, tongue and throat over `face`, with the opacity `inside`."""
        rows, cols = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        if not len(rows):
            return
        part = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        x0, y0 = box[0] + int(cols[0]), box[1] + int(rows[0])
        x1, y1 = box[0] + int(cols[-1]) + 1, box[1] + int(rows[-1]) + 1
        cover = inside[part][..., None]
        mouth = self._interior.paint(opening, (x0, y0, x1, y1))
        face[part] += (mouth - face[part]) * cover

    def _draw_lid(self, lid: Lid, back: Floats, amount: float) -> None:
        box = self._canvas.even(lid.box)
        source = pixels(box) - self._grid.spread(back, box)
        skin, cover = lid.close(source[..., 0], source[..., 1], amount)
        seen = self._canvas.take(source)
        cover = cover[..., None]
        self._canvas.paste(box, seen * (1 - cover) + skin * cover)

    def _box_around(self, places: Floats) -> Box:
        room = (0.12 + 2 * float(np.max(self._bare))) * self._lips.unit + 2
        low, high = places.min(0) - room, places.max(0) + room
        return self._canvas.even((int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1))


def _height(line: Floats, here: Floats) -> Floats:
    """Return the height of a line, one value per column."""
    height: Floats = np.interp(here[0, :, 0], line[:, 0], line[:, 1]).astype(np.float32)[None]
    return height


def _curve(line: Floats) -> Floats:
    """Return a smooth line through the points of a lip (Catmull-Rom), left to right."""
    ends = np.vstack([2 * line[0] - line[1], line, 2 * line[-1] - line[-2]])
    t = np.linspace(0, 1, 5)[:-1, None, None]
    a, b, c, d = ends[:-3], ends[1:-2], ends[2:-1], ends[3:]
    between = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    curve = np.vstack([between.transpose(1, 0, 2).reshape(-1, 2), line[-1:]])
    rising: Floats = curve.astype(np.float32)
    rising[:, 0] = np.maximum.accumulate(rising[:, 0] + np.arange(len(curve)) * 1e-3)
    return rising
