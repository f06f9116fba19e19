"""Draws a frame: the still, bent by the controls, with an open mouth and blinking eyes.

The background is drawn once. Of the moving part, two bends are computed on the
coarse grid (what hangs on the upper lip, what hangs on the jaw) and joined
along the mouth; only around mouth and eyes are pixels looked at twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import to_bytes, to_yuv
from gpu_worker.engines.animate.fields import CONTROLS, HEAD, JAW_SHARE, build_fields, step
from gpu_worker.engines.animate.grid import Grid
from gpu_worker.engines.animate.interior import Interior, Opening
from gpu_worker.engines.animate.lids import Lid, find_lids
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.person import movable
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
SHARPEST = 700_000
"""Pixels of the moving part up to which bicubic interpolation is affordable."""
FLESH = 0.012
"""The landmark model draws the lips' edge this far (mouth units) inside them."""


class Painter:
    """Frames of one subject, as Y'CbCr arrays."""

    def __init__(self, subject: Subject) -> None:
        self._grid = Grid.over(subject.size, subject.eyes_apart)
        self._lips = Lips.of(subject)
        person = movable(subject, self._grid)
        self._fields = build_fields(subject, self._grid, self._lips, person)
        self._interior = Interior(subject, self._lips)
        self._lids = find_lids(subject)
        self._points = subject.points[:, :2]
        self._still = to_bytes(to_yuv(subject.image))
        self._frame = self._still.copy()
        self._moving = _bounds(self._fields.upper, self._fields.lower, self._grid)
        x0, y0, x1, y1 = self._moving
        fine = (x1 - x0) * (y1 - y0) <= SHARPEST
        self._taps = cv2.INTER_CUBIC if fine else cv2.INTER_LINEAR
        self._here = _pixels(self._moving)

    @property
    def moving(self) -> Box:
        """The part of the frame that changes: left, top, right, bottom, all even."""
        return self._moving

    def draw(self, controls: Mapping[str, float]) -> Bytes:
        """The frame for these controls; the array is reused by the next call."""
        amounts = np.array([controls.get(name, 0.0) for name in CONTROLS], np.float32)
        upper = np.tensordot(amounts, self._fields.upper, 1)
        lower = np.tensordot(amounts, self._fields.lower, 1)
        opening = self._opening(upper, lower, controls)
        back_upper, back_lower = self._grid.invert(upper), self._grid.invert(lower)
        seam = (opening.upper + opening.lower) / 2
        hangs_below = self._grid.places[..., 1] > np.interp(
            self._grid.places[..., 0], seam[:, 0], seam[:, 1]
        )
        back = np.where(hangs_below[..., None], back_lower, back_upper)
        x0, y0, x1, y1 = self._moving
        source = self._here - self._grid.spread(back, self._moving)
        self._frame[y0:y1, x0:x1] = self._take(source)
        self._draw_mouth(back_upper, back_lower, opening)
        for lid in self._lids:
            if controls.get("blink", 0.0) > 0.02:
                self._draw_lid(lid, back_upper, controls["blink"])
        return self._frame

    def _take(self, source: Floats) -> Bytes:
        taken: Bytes = cv2.remap(
            self._still, source, None, self._taps, borderMode=cv2.BORDER_REPLICATE
        )
        return taken

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
        moved = np.tensordot(head, self._fields.upper, 1)
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
        x0, y0, x1, y1 = box
        here = _pixels(box)
        flesh = FLESH * self._lips.unit
        halves = []
        for back, away in ((back_upper, -flesh), (back_lower, flesh)):
            source = here - self._grid.spread(back, box)
            # Nothing of the still's teeth may cling to a lip.
            source[..., 1] += away * self._near_edge(here, opening, away)
            halves.append(self._take(source).astype(np.float32))
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
        self._frame[y0:y1, x0:x1] = to_bytes(face)

    def _near_edge(self, here: Floats, opening: Opening, away: float) -> Floats:
        """1 at the edge of a lip, fading into it."""
        line = opening.upper if away < 0 else opening.lower
        edge = np.interp(here[..., 0], line[:, 0], line[:, 1])
        distance = np.abs(here[..., 1] - edge) / (0.06 * self._lips.unit)
        within = np.minimum(here[..., 0] - line[0, 0], line[-1, 0] - here[..., 0])
        near: Floats = np.clip(1 - distance, 0, 1) * step(within / self._lips.unit, 0.0, 0.15)
        return near

    def _draw_lid(self, lid: Lid, back: Floats, amount: float) -> None:
        x0, y0, x1, y1 = self._within(lid.box)
        if x1 <= x0 or y1 <= y0:
            return
        source = _pixels((x0, y0, x1, y1)) - self._grid.spread(back, (x0, y0, x1, y1))
        rows, cover = lid.close(source[..., 0], source[..., 1], amount)
        skin = self._take(np.dstack([source[..., 0], rows])).astype(np.float32)
        seen = self._frame[y0:y1, x0:x1]
        cover = cover[..., None]
        self._frame[y0:y1, x0:x1] = to_bytes(seen * (1 - cover) + skin * cover)

    def _box_around(self, places: Floats) -> Box:
        room = 0.12 * self._lips.unit + 2
        low, high = places.min(0) - room, places.max(0) + room
        return self._within((int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1))

    def _within(self, box: Box) -> Box:
        return (
            max(box[0], 0),
            max(box[1], 0),
            min(box[2], self._grid.width),
            min(box[3], self._grid.height),
        )


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


def _pixels(box: Box) -> Floats:
    x0, y0, x1, y1 = box
    x, y = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    return np.dstack([x, y]).astype(np.float32)


def _bounds(upper: Floats, lower: Floats, grid: Grid) -> Box:
    """All that any control can move, on even pixels (colour has half the resolution)."""
    moves = np.maximum(np.abs(upper).max(axis=(0, 3)), np.abs(lower).max(axis=(0, 3))) > 0.01
    rows, cols = np.flatnonzero(moves.any(1)), np.flatnonzero(moves.any(0))
    sx, sy = grid.step
    x0, x1 = int((cols[0] - 1) * sx), int((cols[-1] + 2) * sx) + 1
    y0, y1 = int((rows[0] - 1) * sy), int((rows[-1] + 2) * sy) + 1
    x0, y0 = max(x0 // 2 * 2, 0), max(y0 // 2 * 2, 0)
    return x0, y0, min((x1 + 1) // 2 * 2, grid.width), min((y1 + 1) // 2 * 2, grid.height)
