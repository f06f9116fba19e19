"""Plan a camera move over a picture: by the words of the prompt, or else by the seed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Size = tuple[int, int]
Matrix = npt.NDArray[np.float32]

MOVES: Final = ("push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "still")
_ZOOM: Final = r"zoom(?:s|ing)?|push(?:es|ing)?|doll(?:y|ies)|mov(?:e|es|ing)"
_WORDS: Final = {
    "pull_out": rf"\b(?:{_ZOOM}|pull(?:s|ing)?)\s+(?:out|back|away)\b|\bwide shot\b",
    "push_in": rf"\b(?:{_ZOOM})\s+(?:in|closer|towards?)\b|\bclose-?up\b",
    "pan_left": r"\b(?:pan(?:s|ning)?|track(?:s|ing)?|to the)\s+left\b",
    "pan_right": r"\b(?:pan(?:s|ning)?|track(?:s|ing)?|to the)\s+right\b",
    "tilt_up": r"\b(?:tilt(?:s|ing)?|crane|ris(?:es|ing)|pan(?:s|ning)?)\s+up(?:wards?)?\b",
    "tilt_down": r"\b(?:tilt(?:s|ing)?|crane|pan(?:s|ning)?)\s+down(?:wards?)?\b",
    "still": r"\b(?:static|locked|fixed|tripod)\b(?:\s+(?:camera|shot))?",
}
_CHOSEN: Final = ("push_in", "pull_out", "pan_left", "pan_right")
_CLOSE: Final = 1.22
"""The zoom at the near end of a push."""
_ROOM: Final = 1.14
"""The zoom of a pan, so that there is room on both sides."""
_FRAMES_A_SECOND: Final = 0.03
"""How far a pan goes to each side in a second, as a share of the frame."""


def named(prompt: str, seed: int) -> str:
    """Return the move that a prompt asks for, or one by the seed.

    >>> named("A lighthouse; the camera zooms out slowly", 0), named("Static shot of a pier", 0)
    ('pull_out', 'still')
    >>> {named("A pier", seed) for seed in range(40)} == set(_CHOSEN)
    True
    """
    text = prompt.lower()
    for move, words in _WORDS.items():
        if re.search(words, text):
            return move
    return _CHOSEN[seed % len(_CHOSEN)]


@dataclass(frozen=True, slots=True)
class View:
    """What the camera sees: the centre, in pixels of the picture, and the zoom."""

    x: float
    y: float
    zoom: float

    def towards(self, other: View, share: float) -> View:
        """Return a view on the way to another one; a share above 1 goes beyond it."""
        return View(
            self.x + (other.x - self.x) * share,
            self.y + (other.y - self.y) * share,
            self.zoom + (other.zoom - self.zoom) * share,
        )


@dataclass(frozen=True, slots=True)
class Path:
    """The way of the camera over a picture of this size, for frames of that size."""

    picture: Size
    frame: Size
    start: View
    end: View

    def at(self, time: float, strength: float = 1.0) -> View:
        """Return the view at a time from 0 to 1; `strength` is that of a nearer or farther layer.

        All layers agree in the middle of the way.
        """
        eased = time * time * (3 - 2 * time) * 0.7 + time * 0.3
        middle = self.start.towards(self.end, 0.5)
        return middle.towards(self.start.towards(self.end, eased), strength)

    def matrix(self, view: View) -> Matrix:
        """Return the transform from the picture to the frame."""
        scale = covering(self.picture, self.frame) * view.zoom
        x, y = self._inside(view, scale)
        width, height = self.frame
        return np.array(
            [[scale, 0, width / 2 - scale * x], [0, scale, height / 2 - scale * y]], np.float32
        )

    def _inside(self, view: View, scale: float) -> tuple[float, float]:
        """Return the centre, moved so that the frame stays inside the picture."""
        half = self.frame[0] / scale / 2, self.frame[1] / scale / 2
        x, y = (
            min(max(at, margin), size - margin)
            for at, margin, size in zip((view.x, view.y), half, self.picture, strict=True)
        )
        return x, y


def covering(picture: Size, frame: Size) -> float:
    """Return the scale at which a picture just covers a frame."""
    return max(frame[0] / picture[0], frame[1] / picture[1])


def plan(
    move: str,
    picture: Size,
    frame: Size,
    *,
    seconds: float,
    focus: tuple[float, float],
    room: float = 1.0,
) -> Path:
    """Plan a move around a point of interest (in pixels of the picture).

    `room` is the smallest zoom: layers need some, because they move farther than the camera.
    """
    scale, wide = covering(picture, frame), max(_ROOM, room)
    far = View(picture[0] / 2, picture[1] / 2, room).towards(View(*focus, room), 0.5)
    near = View(*focus, _CLOSE * room)
    if move == "push_in":
        return Path(picture, frame, far, near)
    if move == "pull_out":
        return Path(picture, frame, near, far)
    if move == "still":
        return Path(picture, frame, View(*focus, 1.02 * room), View(*focus, 1.05 * room))
    horizontal = move.startswith("pan")
    axis = 0 if horizontal else 1
    seen = frame[axis] / scale / wide
    reach = min((picture[axis] - seen) / 2, _FRAMES_A_SECOND * seconds * seen)
    low, high = seen / 2 + reach, picture[axis] - seen / 2 - reach
    middle = min(max(focus[axis], low), max(low, high))
    first, last = middle - reach, middle + reach
    if move in ("pan_left", "tilt_up"):
        first, last = last, first
    if horizontal:
        ends = View(first, focus[1], wide), View(last, focus[1], wide)
    else:
        ends = View(focus[0], first, wide), View(focus[0], last, wide)
    return Path(picture, frame, *ends)
