"""Movement fields: how each control of the face moves each place of the picture.

A field has, for a control at 1, the movement of every node of the grid in pixels. Fields add up.
There are two sets, for what moves with the upper lip and for what moves with the jaw. They differ
only between the lips, and the painter joins them along the seam of the mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.grid import NODES_PER_EYES, Grid
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]

HEAD = ("sway", "bob", "yaw", "pitch", "roll")
WIDE = (*HEAD, "breath")
"""Controls that move more than a part of the face."""
CONTROLS = (
    *HEAD,
    "breath",
    "brow",
    "gaze",
    "wide",
    "smile",
    "round",
    "close",
    "open",
    "lift",
    "press",
)
"""`sway`, `bob`, `breath` in hundredths of the eye distance; `yaw`, `pitch`, `roll` in radians;
`wide`, `smile`, `open`, `lift` in mouth units; `round`, `close`, `press`, `brow` 0 to 1,
`gaze` -1 to 1."""
JAW_SHARE = 0.82
"""Share of the jaw in the opening of the mouth; the upper lip does the rest."""


AXIS = 0.45
"""How far behind the ears the head turns, in eye distances."""
NECK = 1.25
"""How far below the chin it turns no more."""
_NOTHING = 1e-3
"""Movement in pixels below which a control does not affect a node."""
Window = tuple[slice, slice]


@dataclass(frozen=True)
class _Local:
    """The field of one control, limited to a window; `halves` are the lips that it moves."""

    control: int
    halves: tuple[int, ...]
    window: Window
    field: Floats


class Fields:
    """The fields of all controls, for the upper and the lower half of the face.

    The head moves all nodes; other controls are computed only around the nodes that they move.
    """

    def __init__(self, everywhere: dict[str, Floats], parts: Sequence[dict[str, Floats]]) -> None:
        self._shape = next(iter(everywhere.values())).shape
        self._wide = [name for name in CONTROLS if name in WIDE]
        self._all = np.stack([everywhere[name].ravel() for name in self._wide]).astype(np.float32)
        local: list[tuple[str, tuple[int, ...], Floats]]
        local = [(name, (0, 1), f) for name, f in everywhere.items() if name not in WIDE]
        local += [(name, (half,), f) for half in (0, 1) for name, f in parts[half].items()]
        self._local = [
            _Local(
                CONTROLS.index(name), halves, window, np.ascontiguousarray(f[window], np.float32)
            )
            for name, halves, f in local
            if (window := _window(np.abs(f).max(-1) > _NOTHING)) is not None
        ]

    def moved(self, amounts: Floats) -> tuple[Floats, Floats]:
        """Return the movement of every node in both halves for one amount per control."""
        wide = amounts[[CONTROLS.index(name) for name in self._wide]]
        # Not `@`: BLAS would start threads, which compete with the encoder for cores.
        upper: Floats = np.einsum("c,cn->n", wide, self._all).reshape(self._shape)
        halves = (upper, upper.copy())
        for part in self._local:
            if amounts[part.control]:
                change = amounts[part.control] * part.field
                for half in part.halves:
                    halves[half][part.window] += change
        return halves

    def moves(self) -> npt.NDArray[np.bool_]:
        """Return which nodes any control can move."""
        moving: npt.NDArray[np.bool_] = (
            np.abs(self._all.reshape(-1, *self._shape)).max((0, 3)) > 0.01
        )
        for part in self._local:
            moving[part.window] |= np.abs(part.field).max(-1) > 0.01
        return moving

    def differ(self) -> Window:
        """Return the window in which the two halves may move differently."""
        shape = self._shape[:2]
        apart = np.zeros(shape, np.bool_)
        for part in self._local:
            apart[part.window] |= len(part.halves) == 1
        # Neighbours of a node may be inside the window, too.
        room = max(2, NODES_PER_EYES // 2)
        found = _window(apart) or (slice(0, 0), slice(0, 0))
        rows, cols = (
            slice(max(0, edge.start - room), min(edge.stop + room, size))
            for edge, size in zip(found, shape, strict=True)
        )
        return rows, cols


def _window(nodes: npt.NDArray[np.bool_]) -> Window | None:
    """Return the smallest window around all true nodes; None if there are none."""
    rows, cols = np.flatnonzero(nodes.any(1)), np.flatnonzero(nodes.any(0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def step(x: Floats, low: float, high: float) -> Floats:
    """Return 0 below `low`, 1 above `high`, and a smooth curve between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    smooth: Floats = (t * t * (3 - 2 * t)).astype(np.float32)
    return smooth


def build_fields(subject: Subject, grid: Grid, lips: Lips, person: Floats) -> Fields:
    """Build all fields of a face; `person` is 1 on the grid where the person may move."""
    both = {
        **_head(subject, grid, person),
        **_mouth(grid, lips),
        "breath": _breath(subject, grid, person),
        "brow": _brow(subject, grid),
        "gaze": _gaze(subject, grid),
    }
    return Fields(both, (_upper_lip(grid, lips), _jaw(grid, lips)))


def _head(subject: Subject, grid: Grid, person: Floats) -> dict[str, Floats]:
    """Turn the head about the neck; nearer parts move further."""
    chin, eyes = subject.points[at.CHIN], subject.eyes_apart
    # The neck follows, the less the nearer to the shoulders.
    weight = person * (1 - step(grid.places[..., 1], chin[1] - 0.1 * eyes, chin[1] + NECK * eyes))
    # The axis is in the neck, so that hair turns with the face.
    behind = float(subject.points[list(at.EARS), 2].mean()) + AXIS * eyes
    near = (behind - _depth(subject, grid)) * weight
    from_neck = grid.places - chin[:2] - np.array([0, 0.5 * eyes])
    still = np.zeros_like(weight)
    size = weight * eyes / 100
    return {
        "sway": np.dstack([size, still]),
        "bob": np.dstack([still, size]),
        "yaw": np.dstack([near, still]),
        "pitch": np.dstack([still, near]),
        "roll": np.dstack([-from_neck[..., 1] * weight, from_neck[..., 0] * weight]),
    }


def _depth(subject: Subject, grid: Grid) -> Floats:
    """Spread the mesh's z over the grid; hair next to the face is nearly as near as the face.

    Further away, use the z of the ears.
    """
    nodes = grid.nodes(subject.points[:468, :2]).round().astype(int)
    total = np.zeros((grid.rows, grid.cols), np.float32)
    count = np.zeros_like(total)
    inside = (nodes >= 0).all(1) & (nodes < [grid.cols, grid.rows]).all(1)
    np.add.at(total, tuple(nodes[inside, ::-1].T), subject.points[:468, 2][inside])
    np.add.at(count, tuple(nodes[inside, ::-1].T), 1)
    unit = subject.eyes_apart / grid.step[0]
    far = float(subject.points[list(at.EARS), 2].mean())
    depth = np.full_like(total, far)
    for reach, faint in ((0.45, 0.02), (0.11, 0.004)):
        near, seen = (cv2.GaussianBlur(a, (0, 0), reach * unit) for a in (total, count))
        depth = (near + faint * depth) / (seen + faint)
    smooth: Floats = cv2.GaussianBlur(depth, (0, 0), 0.11 * unit)
    return smooth


def _breath(subject: Subject, grid: Grid, person: Floats) -> Floats:
    """Raise shoulders and chest."""
    chin, eyes = subject.points[at.CHIN, 1], subject.eyes_apart
    body = person * step(grid.places[..., 1], chin, chin + 1.2 * eyes)
    return np.dstack([np.zeros_like(body), -body * eyes / 100])


def _brow(subject: Subject, grid: Grid) -> Floats:
    """Raise the brows and fold the forehead; the upper lids hardly follow."""
    eyes, rise = subject.eyes_apart, np.zeros((grid.rows, grid.cols), np.float32)
    for brow in (at.LEFT_BROW, at.RIGHT_BROW):
        for x, y in subject.points[list(brow), :2]:
            dx, dy = (grid.places[..., 0] - x) / eyes, (grid.places[..., 1] - y) / eyes
            below = np.where(dy > 0, 0.07, 0.16)
            rise = np.maximum(rise, np.exp(-((dx / 0.13) ** 2) - (dy / below) ** 2))
    rise = cv2.GaussianBlur(rise.astype(np.float32), (0, 0), 1.0)
    return np.dstack([np.zeros_like(rise), -0.055 * eyes * rise])


def _gaze(subject: Subject, grid: Grid) -> Floats:
    """Move the irises a little to the side; lids and corners stay."""
    eyes, aside = subject.eyes_apart, np.zeros((grid.rows, grid.cols), np.float32)
    for iris in (at.LEFT_IRIS, at.RIGHT_IRIS):
        from_iris = (grid.places - subject.points[iris, :2]) / eyes
        aside += np.exp(-((from_iris[..., 0] / 0.09) ** 2) - (from_iris[..., 1] / 0.05) ** 2)
    return np.dstack([0.022 * eyes * aside, np.zeros_like(aside)])


def _mouth(grid: Grid, lips: Lips) -> dict[str, Floats]:
    """Return the controls that move both lips alike: corners out, corners up, rounding."""
    x, y, _ = lips.local(grid.places)
    left, right = lips.corners
    wide, up = np.zeros_like(x), np.zeros_like(x)
    for corner, sign in ((left, -1), (right, 1)):
        from_corner = x - corner
        wide += sign * 0.5 * np.exp(-((from_corner / 0.36) ** 2) - (y / 0.42) ** 2)
        up -= np.exp(-((from_corner / 0.27) ** 2) - (y / 0.36) ** 2)
    near = np.exp(-((x / 0.78) ** 2) - (y / 0.5) ** 2)
    return {
        "wide": _along(lips, wide, np.zeros_like(x)),
        "smile": _along(lips, np.zeros_like(x), up),
        "round": _along(lips, -0.30 * x * near, 0.16 * y * near),
    }


def _upper_lip(grid: Grid, lips: Lips) -> dict[str, Floats]:
    x, y, u = lips.local(grid.places)
    # The lip moves whole; the skin up to the nose stretches.
    skin = step(y, lips.nose * 0.95, lips.upper_edge * 1.05)
    arc = _arc(u / 1.04) * skin
    still = np.zeros_like(x)
    return {
        "close": _along(lips, still, lips.upper_share * lips.gap_at(x) * skin),
        "open": _along(lips, still, -(1 - JAW_SHARE) * arc),
        "lift": _along(lips, still, -arc),
        "press": _along(lips, still, 0.02 * arc),
    }


def _jaw(grid: Grid, lips: Lips) -> dict[str, Floats]:
    x, y, u = lips.local(grid.places)
    # At the seam only what lies between the corners moves; the chin moves whole.
    broad = _arc(u / (1.02 + 1.5 * step(y, 0.0, 0.75 * lips.chin)))
    under = 1 - step(y, lips.chin * 0.98, lips.chin * 1.75)
    lip = 1 - step(y, lips.lower_edge * 0.9, lips.lower_edge + 0.55 * (lips.chin - lips.lower_edge))
    # A mouth that is wide open is shut by the jaw: the chin comes up with the lip. A lip that
    # came alone would drag the shadow under it over the chin.
    whole = _arc(u / (1.02 + 2.2 * step(y, 0.0, 0.6 * lips.chin)))
    chin = 0.85 * lips.jaw_shuts * float(lips.gap[5]) * whole * under
    shut = lips.gap_at(x) * lip + chin * (1 - lip)
    still = np.zeros_like(x)
    return {
        "close": _along(lips, still, -(1 - lips.upper_share) * shut),
        "open": _along(lips, still, JAW_SHARE * broad * under),
        "lift": _along(lips, still, still),
        "press": _along(lips, still, -0.03 * _arc(u / 1.04) * lip),
    }


def _arc(u: Floats) -> Floats:
    """Return the shape of the opening: full in the middle, none at the corners."""
    arc: Floats = np.clip(1 - np.abs(u) ** 2.35, 0, 1).astype(np.float32)
    return arc


def _along(lips: Lips, across: Floats, down: Floats) -> Floats:
    """Convert movement in mouth units along the face's axes to pixels."""
    moved: Floats = (across[..., None] * lips.across + down[..., None] * lips.down) * lips.unit
    return moved
