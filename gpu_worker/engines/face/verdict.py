"""Choose a face, and check whether it can be animated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gpu_worker.engines.face.cover import COVERED_FROM, eyes_hidden, mouth_signs, sharpness
from gpu_worker.engines.face.geometry import interocular, nose_place, pose
from gpu_worker.engines.face.models import FaceModels, Points, Rgb
from gpu_worker.engines.face.portrait import SURE, Portrait
from tasks.domain.errors import FaceCovered, FaceTooSmall, FaceTurnedAway, NoFace, SeveralFaces

SMALLEST_EYES = 40.0
"""Below this distance of the outer eye corners in pixels, lip movement is not credible."""
SMALL_EYES = 90.0
BYSTANDER = 0.4
"""A face narrower than this, relative to the largest, is a person in the background."""
MOST_YAW = 38.0
NOSE_BETWEEN = (0.2, 0.8)
FLAGS = {
    "bystanders": "smaller faces in the background were ignored",
    "extended": "the picture is too narrow for the video: its edges are continued out of focus",
    "straightened": "the head was tilted and has been straightened",
    "turned": "the face is turned slightly to the side",
    "small": "the face has few pixels and will look soft",
    "soft": "the face is out of focus",
    "upside_down": "the picture was rotated upright",
}


def choose(portraits: Sequence[Portrait], params: Mapping[str, Any]) -> int:
    """Return the index of the face to use; 0 is the largest."""
    if not portraits:
        raise NoFace
    index = params.get("face_index")
    if index is not None:
        if not 0 <= index < len(portraits):
            raise NoFace(
                f"There is no face with index {index}. The picture shows {len(portraits)}.",
                faces_found=len(portraits),
            )
        return int(index)
    rivals = [p for p in portraits if p.box.width > BYSTANDER * portraits[0].box.width]
    if len(rivals) > 1 and params.get("pick", "only") != "largest":
        raise SeveralFaces(faces_found=len(rivals))
    return 0


def admit_size(portrait: Portrait) -> Points:
    """Return the points of a face that is large enough; raise an error otherwise."""
    if portrait.points is None:
        if max(portrait.box.width, portrait.box.height) < 2 * SMALLEST_EYES:
            raise FaceTooSmall(box=round(portrait.box.width))
        if portrait.box.score >= SURE:
            raise FaceCovered(reason="no mesh")
        raise NoFace
    if interocular(portrait.points) < SMALLEST_EYES:
        raise FaceTooSmall(interocular=round(interocular(portrait.points)))
    return portrait.points


def admit_view(models: FaceModels, rgb: Rgb, points: Points) -> list[str]:
    """Refuse a level face that cannot be animated; return flags for what is not ideal."""
    turned = pose(points)
    if not NOSE_BETWEEN[0] < nose_place(points) < NOSE_BETWEEN[1] or abs(turned.yaw) > MOST_YAW:
        raise FaceTurnedAway(yaw=round(turned.yaw), nose=round(nose_place(points), 2))
    if eyes_hidden(rgb, points):
        raise FaceCovered(reason="eyes")
    focus = sharpness(rgb, points)
    signs = mouth_signs(models, rgb, points)
    if signs >= COVERED_FROM:
        raise FaceCovered(reason="mouth", signs=signs, focus=round(focus, 3))
    found = {
        "turned": abs(turned.yaw) > 15,
        "small": interocular(points) < SMALL_EYES,
        "soft": focus < 0.012,
    }
    return [flag for flag, true in found.items() if true]
