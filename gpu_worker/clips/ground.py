"""Paint a moving background in the mood of a prompt, where there is no picture."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Deep = npt.NDArray[np.uint16]
Colour = tuple[float, float, float]

_SMALL: Final = 8
"""It is painted so much smaller, and enlarged by the encoder: it has soft shapes only."""
_LIGHTS: Final = 5
_MOODS: Final[dict[str, tuple[str, Colour, Colour, Colour]]] = {
    "night": (
        r"night|dark|moon|midnight|space|stars?\b|galaxy|mystery",
        (6, 8, 28),
        (34, 28, 78),
        (112, 104, 190),
    ),
    "sunset": (
        r"sunset|sunrise|dawn|dusk|golden|autumn|desert|warm",
        (92, 40, 78),
        (226, 122, 64),
        (255, 208, 132),
    ),
    "water": (
        r"\bsea\b|ocean|water|rain|river|lake|waves?\b|beach",
        (8, 44, 82),
        (22, 120, 150),
        (150, 224, 226),
    ),
    "forest": (
        r"forest|grass|jungle|leaf|leaves|garden|nature|meadow|trees?\b",
        (12, 44, 30),
        (52, 112, 60),
        (190, 220, 130),
    ),
    "snow": (
        r"snow|\bice\b|winter|cold|fog|mist|cloud",
        (132, 152, 176),
        (196, 210, 226),
        (250, 252, 255),
    ),
    "fire": (
        r"\bfire\b|lava|flames?\b|danger|anger|battle|storm",
        (36, 6, 6),
        (150, 34, 14),
        (255, 150, 50),
    ),
    "neon": (
        r"neon|cyber|city|street|club|robot|future|tech",
        (16, 8, 40),
        (96, 24, 128),
        (40, 220, 235),
    ),
    "joy": (
        r"happy|joy|party|spring|flowers?\b|love|birthday|smil",
        (238, 130, 150),
        (250, 186, 150),
        (255, 236, 190),
    ),
}


@dataclass(frozen=True, slots=True)
class Mood:
    """The colours of a background: above, below, and of the lights."""

    name: str
    above: Colour
    below: Colour
    light: Colour


def mood_of(prompt: str, seed: int) -> Mood:
    """Return the mood that a prompt speaks of, or colours by the seed.

    >>> mood_of("Waves break on a beach", 1).name, mood_of("A chair", 1).name
    ('water', 'plain')
    """
    text = prompt.lower()
    for name, (words, above, below, light) in _MOODS.items():
        if re.search(words, text):
            return Mood(name, above, below, light)
    hue = (seed % 360) / 360
    return Mood("plain", _hsv(hue, 0.5, 0.25), _hsv(hue + 0.06, 0.45, 0.6), _hsv(hue, 0.2, 0.95))


def drawn_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which the frames of a clip are painted."""
    return max(size[0] // _SMALL, 2), max(size[1] // _SMALL, 2)


def frames(mood: Mood, size: tuple[int, int], count: int, fps: int, seed: int) -> Iterator[Deep]:
    """Yield the frames of a background, 16 bits a colour: soft lights drift over a gradient."""
    random = np.random.default_rng(seed)
    base = _gradient(mood, size)
    lights = random.uniform((0, 0, 0.18, 0, 0.02), (1, 1, 0.42, 2 * math.pi, 0.05), (_LIGHTS, 5))
    colour = np.asarray(mood.light, np.float32)
    for number in range(count):
        glow = _glow(lights, size, number / fps)
        picture = base + (colour - base) * glow[:, :, None]
        yield (np.clip(picture, 0, 255) * 257 + 0.5).astype("<u2")


def _gradient(mood: Mood, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    rows = np.linspace(0, 1, size[1], dtype=np.float32)[:, None, None]
    above, below = np.asarray(mood.above, np.float32), np.asarray(mood.below, np.float32)
    return np.repeat(above + (below - above) * rows, size[0], axis=1)


def _glow(
    lights: npt.NDArray[np.float64], size: tuple[int, int], seconds: float
) -> npt.NDArray[np.float32]:
    """Return how bright the lights are at each place, 0 to 0.75."""
    width, height = size
    longest = max(size)
    x = np.arange(width, dtype=np.float32)[None, :] / longest
    y = np.arange(height, dtype=np.float32)[:, None] / longest
    total = np.zeros((height, width), np.float32)
    for left, top, radius, phase, speed in lights:
        turn = phase + 2 * math.pi * speed * seconds
        at_x = np.float32(left * width / longest + 0.16 * math.cos(turn))
        at_y = np.float32(top * height / longest + 0.16 * math.sin(turn))
        total += np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / np.float32(radius**2)) * 0.8
    return np.float32(0.75) * (1 - np.exp(-total))


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return 255 * red, 255 * green, 255 * blue
