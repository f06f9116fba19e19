"""Measure the size and pose of a face from its 478 points."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, hypot

from gpu_worker.engines.face.models import Points

# Points of the canonical mesh, named as seen in the picture.
LEFT_EYE_OUTER, RIGHT_EYE_OUTER = 33, 263
NOSE_TIP, FOREHEAD, CHIN = 4, 10, 152


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles in degrees; positive yaw looks to the right of the picture, positive pitch up."""

    yaw: float
    pitch: float
    roll: float


def interocular(points: Points) -> float:
    """Return the distance of the outer eye corners in pixels, for a head that is not turned."""
    dx, dy, dz = points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER]
    return float(hypot(dx, dy, dz))


def eye_line(points: Points) -> float:
    """Return the angle of the line through the eyes in degrees, clockwise."""
    dx, dy = (points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER])[:2]
    return degrees(atan2(dy, dx))


def nose_place(points: Points) -> float:
    """Return where the nose lies along the line of the eyes: 0 and 1 at their corners."""
    left, right, nose = (points[at, :2] for at in (LEFT_EYE_OUTER, RIGHT_EYE_OUTER, NOSE_TIP))
    across = right - left
    return float((nose - left) @ across / max(float(across @ across), 1e-3))


def pose(points: Points) -> Pose:
    across = points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER]
    down = points[CHIN] - points[FOREHEAD]
    return Pose(
        yaw=-degrees(atan2(across[2], hypot(across[0], across[1]))),
        # The chin of the canonical face lies a little behind its forehead.
        pitch=degrees(atan2(-down[2], hypot(down[0], down[1]))) + 12.0,
        roll=eye_line(points),
    )


def face_box(points: Points) -> tuple[float, float, float, float]:
    """Return the box of the face: left, top, right, bottom."""
    low, high = points[:468, :2].min(0), points[:468, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
