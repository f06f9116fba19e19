"""Where captions stand: in the title-safe area, and never on the lips."""

from __future__ import annotations

from dataclasses import dataclass

from gpu_worker.media.face_metadata import FaceMetadata
from gpu_worker.media.framing import Frame, placed
from gpu_worker.media.streams import Stream

SAFE = 0.05
"""The margin of the title-safe area (EBU R 95), of each side."""
_LOWEST_UPRIGHT, _LOWEST = 0.80, 0.94
"""Where captions end unless the face needs the room: above what players lay over the edge."""
_FOREHEAD, _CHIN = 10, 152
_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
_BROWS = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)
_HAIR, _BELOW, _OPEN = 0.30, 0.07, 0.16
"""Of the face's height: the hair above it, room under the chin, and what lips move down."""


@dataclass(frozen=True, slots=True)
class Face:
    """Heights in the finished frame, in pixels from its top."""

    hair: float
    brows: float
    lips: float
    under_lips: float
    chin: float

    @classmethod
    def of(cls, sheet: FaceMetadata, picture: Stream, frame: Frame) -> Face:
        """Return the face of a take in the finished frame; without a mesh, from its box."""
        scale, _, top = placed(picture, frame)
        down = scale * picture.height / sheet.crop[1]

        def height(y: float) -> float:
            return top + y * down

        _, above, _, under = sheet.box
        lips, under_lips, brows = (above + (under - above) * share for share in (0.72, 0.88, 0.25))
        if len(sheet.points) > max(_LIPS):
            ys = [point[1] for point in sheet.points]
            above, under = ys[_FOREHEAD], max(ys[_CHIN], under)
            lips, under_lips = (edge(ys[at] for at in _LIPS) for edge in (min, max))
            brows = min(ys[at] for at in _BROWS)
        tall = under - above
        return cls(
            hair=height(above - _HAIR * tall),
            brows=height(brows - 0.03 * tall),
            lips=height(lips - 0.04 * tall),
            under_lips=height(under_lips + _OPEN * tall),
            chin=height(under + _BELOW * tall),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The top of a block of captions, and its relation to the face.

    `harm` is 0 clear of the face, 1 on it, 2 outside the title-safe area, 3 on the lips.
    """

    top: int
    harm: int


def place(
    height: int, frame: Frame, face: Face | None, position: str = "auto", above: int = 0
) -> Place:
    """Return the best place for a block; `above` pixels at the top are already taken."""
    lowest = frame.height * (1 - SAFE)
    highest = max(frame.height * SAFE, above)
    upright = frame.height > frame.width * 1.2
    usual = frame.height * (_LOWEST_UPRIGHT if upright else _LOWEST)
    if face is None:
        top = highest if position == "top" else usual - height
        return Place(_even(max(highest, top)), 0)
    under = [
        Place(_even(top), harm)
        for edge, harm in ((face.chin, 0), (face.under_lips, 1))
        if (top := min(max(usual, edge + height), lowest) - height) >= edge - 1
    ]
    over = [
        Place(_even(highest), harm)
        for edge, harm in ((face.hair, 0), (face.brows, 1))
        if highest + height <= edge + 1
    ]
    if position == "auto":
        # Where both are as clear of the face, below it.
        found = sorted([*under, *over], key=lambda spot: spot.harm)
    else:
        found = [*over, *under] if position == "top" else [*under, *over]
    return found[0] if found else _least(height, frame, face)


def _least(height: int, frame: Frame, face: Face) -> Place:
    """Nothing fits: as far from the lips as the frame allows."""
    low, high = _even(frame.height * 0.99 - height), _even(frame.height * 0.01)
    onto = {
        low: max(0.0, face.under_lips - low),
        high: max(0.0, high + height - face.lips),
    }
    top = min(onto, key=lambda spot: onto[spot])
    return Place(top, 3 if onto[top] > 0 else 2)


def _even(length: float) -> int:
    return round(length / 2) * 2
