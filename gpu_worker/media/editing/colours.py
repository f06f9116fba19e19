"""Match the colours of clips to those of a reference picture, by a strength."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_GAINS: Final = (0.72, 1.4)
_COLOUR_GAINS: Final = (0.6, 1.6)
_MOST_LIGHT, _MOST_COLOUR = 45.0, 20.0
"""By how much the mean of a channel may move: more would look wrong, whatever the sample."""


@dataclass(frozen=True, slots=True)
class Tones:
    """Means and deviations of brightness and colours (Y, Cb, Cr; BT.709, full range)."""

    means: tuple[float, float, float]
    deviations: tuple[float, float, float]


def tones(pictures: Any) -> Tones:
    """Return the tones of RGB pictures, whatever their number."""
    import numpy as np

    pixels = pictures.reshape(-1, 3).astype(np.float32)
    luma = pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    blue = (pixels[:, 2] - luma) / 1.8556
    red = (pixels[:, 0] - luma) / 1.5748
    rows = (luma, blue, red)
    means = tuple(round(float(row.mean()), 3) for row in rows)
    deviations = tuple(round(float(row.std()), 3) for row in rows)
    return Tones(means, deviations)  # type: ignore[arg-type]


def of_picture(path: Path) -> Tones:
    """Return the tones of a picture file."""
    import numpy as np
    from PIL import Image

    with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
        return tones(np.asarray(image.convert("RGB").resize((96, 96))))


def matching(clip: Tones, wanted: Tones, strength: float) -> str:
    """Return a filter that moves a clip's tones towards others; empty for no strength."""
    if strength <= 0:
        return ""
    parts = []
    for number, name in enumerate("yuv"):
        low, high = _GAINS if name == "y" else _COLOUR_GAINS
        gain = wanted.deviations[number] / max(1.0, clip.deviations[number])
        gain = 1 + strength * (max(low, min(high, gain)) - 1)
        most = _MOST_LIGHT if name == "y" else _MOST_COLOUR
        shift = wanted.means[number] - clip.means[number]
        shift = strength * max(-most, min(most, shift))
        # Video levels: 219 steps of brightness from 16, 224 of colour around 128.
        scale, middle = (219 / 255, 16.0) if name == "y" else (224 / 255, 128.0)
        centre = middle + scale * clip.means[number]
        offset = centre * (1 - gain) + scale * shift
        parts.append(f"{name}='clip(val*{gain:.4f}+{offset:.3f},16,{235 if name == 'y' else 240})'")
    return f"lutyuv={':'.join(parts)}"
