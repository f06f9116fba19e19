"""What the 478 points say: how large, how turned, how tilted a face is."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, hypot

from gpu_worker.engines.face.models import Points

# Points of the canonical mesh, named as seen in the picture.
LEFT_EYE_OUTER, RIGHT_EYE_OUTER = 33, 263
NOSE_TIP, FOREHEAD, CHIN = 4, 10, 152


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees; positive yaw looks to the picture's right, positive pitch looks up."""

    yaw: float
    pitch: float
    roll: float


def interocular(points: Points) -> float:
    """Distance of the outer eye corners in pixels, as long as the head is not turned."""
    dx, dy, dz = points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER]
    return float(hypot(dx, dy, dz))


def eye_line(points: Points) -> float:
    """The angle of the line through the eyes in degrees, clockwise in the picture."""
    dx, dy = (points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER])[:2]
    return degrees(atan2(dy, dx))


def nose_place(points: Points) -> float:
    """Where the nose lies between the eyes, 0 to 1 and beyond; the roll must be mended before."""
    left, right = points[LEFT_EYE_OUTER, 0], points[RIGHT_EYE_OUTER, 0]
    return float((points[NOSE_TIP, 0] - left) / max(right - left, 1e-3))


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
    """Left, top, right, bottom."""
    low, high = points[:468, :2].min(0), points[:468, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
