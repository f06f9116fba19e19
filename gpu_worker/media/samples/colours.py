"""Describe the colours and the light of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tasks.domain.sample_facts import Light, PaletteColour

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

COLOURS: Final = 5
_ROUNDS: Final = 12
_LEAST_SHARE: Final = 0.02
_LOW_KEY, _HIGH_KEY = 0.28, 0.62


def palette(picture: Picture) -> tuple[PaletteColour, ...]:
    """Return the main colours, the largest first (k-means, from fixed beginnings)."""
    import numpy as np

    pixels = picture.reshape(-1, 3).astype(np.float32)
    # Beginnings spread over the brightness give equal answers for equal pictures.
    order = np.argsort(pixels @ np.array([0.299, 0.587, 0.114], np.float32), kind="stable")
    places = np.linspace(0.05, 0.95, COLOURS) * (len(order) - 1)
    centres = pixels[order[places.astype(int)]]
    nearest = np.zeros(len(pixels), int)
    for _ in range(_ROUNDS):
        distances = ((pixels[:, None, :] - centres[None]) ** 2).sum(axis=2)
        nearest = distances.argmin(axis=1)
        centres = np.stack(
            [
                pixels[nearest == n].mean(axis=0) if (nearest == n).any() else centres[n]
                for n in range(COLOURS)
            ]
        )
    shares = np.bincount(nearest, minlength=COLOURS) / len(pixels)
    joined: dict[str, float] = {}
    for centre, share in zip(centres, shares, strict=True):
        name = "#" + "".join(f"{round(float(value)):02x}" for value in centre)
        joined[name] = joined.get(name, 0.0) + float(share)
    ranked = sorted(joined.items(), key=lambda item: -item[1])
    return tuple(PaletteColour(n, round(s, 3)) for n, s in ranked if s >= _LEAST_SHARE)


def light(picture: Picture) -> Light:
    """Return the brightness, contrast, saturation and warmth of a picture."""
    import numpy as np

    pixels = picture.reshape(-1, 3).astype(np.float32) / 255
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    low, high = np.percentile(grey, (5, 95))
    top, bottom = pixels.max(axis=1), pixels.min(axis=1)
    saturation = float(((top - bottom) / np.maximum(top, 0.02)).mean())
    warmth = float((pixels[:, 0] - pixels[:, 2]).mean())
    brightness = float(grey.mean())
    key = "low" if brightness < _LOW_KEY else "high" if brightness > _HIGH_KEY else "middle"
    return Light(
        brightness=_share(brightness),
        contrast=_share(float(high - low)),
        saturation=_share(saturation),
        warmth=round(max(-1.0, min(1.0, 2 * warmth)), 3),
        key=key,
    )


def _share(value: float) -> float:
    return round(max(0.0, min(1.0, value)), 3)


def sharpness(picture: Any) -> float:
    """Return how sharp a picture is: the mean change between pixels that lie beside each other."""
    import numpy as np

    grey = picture.astype(np.float32).mean(axis=2)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
