"""Find where the picture may move: the person and a narrow band around, not its border."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.fields import step
from gpu_worker.engines.animate.grid import Grid
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]
NEAREST, FURTHEST = 0.3, 0.9
"""Distance from the frame's edge, in eye distances, at which everything moves in full."""


def movable(subject: Subject, grid: Grid) -> Floats:
    """Return 1 on the person and 0 on the background, which does not change, on the grid."""
    size = (grid.cols, grid.rows)
    mask = subject.mask if subject.mask is not None else _guess(subject)
    coarse = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    body = _component(coarse > 0.5, grid.nodes(subject.points[at.NOSE_BASE, :2]))
    nodes = subject.eyes_apart / grid.step[0]
    reach = 2 * round(0.10 * nodes) + 1
    grown = cv2.dilate(body, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    soft = cv2.GaussianBlur(grown.astype(np.float32), (0, 0), 0.07 * nodes)
    inside: Floats = soft * _border(subject, grid)
    inside[inside < 0.004] = 0
    return inside


def _border(subject: Subject, grid: Grid) -> Floats:
    """Return 0 at the edge of the frame, so that nothing moves in from outside.

    From there movement grows gently, as far as the face allows: hair that the frame cuts
    would otherwise be squeezed against its edge.
    """
    x, y = grid.places[..., 0], grid.places[..., 1]
    low, high = subject.points[:468, :2].min(0), subject.points[:468, :2].max(0)
    still = np.ones_like(x)
    for away, room in (
        (x, low[0]),
        (y, low[1]),
        (grid.width - 1 - x, grid.width - high[0]),
        (grid.height - 1 - y, grid.height - high[1]),
    ):
        reach = float(
            np.clip(0.8 * room, NEAREST * subject.eyes_apart, FURTHEST * subject.eyes_apart)
        )
        still = np.minimum(still, step(away, 0.0, reach))
    return still


def _component(found: npt.NDArray[np.bool_], node: Floats) -> npt.NDArray[np.uint8]:
    """Return the part of a mask with the face; other people do not move."""
    _, labels = cv2.connectedComponents(found.astype(np.uint8))
    x = int(np.clip(round(float(node[0])), 0, found.shape[1] - 1))
    y = int(np.clip(round(float(node[1])), 0, found.shape[0] - 1))
    face = labels[y, x]
    part: npt.NDArray[np.uint8] = (labels == face if face else found).astype(np.uint8)
    return part


def _guess(subject: Subject) -> Floats:
    """Return a mask of a head and shoulders, for a subject without a mask."""
    width, height = subject.size
    mask = np.zeros((height, width), np.float32)
    chin, top = subject.points[at.CHIN, :2], subject.points[at.FOREHEAD, :2]
    tall = float(np.linalg.norm(chin - top))
    cx, cy = ((chin + top) / 2 - [0, 0.12 * tall]).round().astype(int).tolist()
    cv2.ellipse(mask, (cx, cy), (round(0.6 * tall), round(0.82 * tall)), 0, 0, 360, 1.0, -1)
    shoulders = [[cx - 1.3 * tall, height], [cx - 0.45 * tall, chin[1]]]
    shoulders += [[cx + 0.45 * tall, chin[1]], [cx + 1.3 * tall, height]]
    cv2.fillPoly(mask, [np.array(shoulders, np.int32)], 1.0)
    return mask
