"""Parts of synthetic sound: noise, tones, envelopes and filters, the same for equal seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE: Final = 48_000


def times(seconds: float) -> Any:
    """Return the moment of each sample."""
    import numpy as np

    return np.arange(round(seconds * RATE)) / RATE


def noise(seconds: float, seed: int) -> Samples:
    """Return white noise."""
    import numpy as np

    count = round(seconds * RATE)
    return np.random.default_rng(seed).standard_normal(count).astype(np.float32) * np.float32(0.3)


def filtered(samples: Samples, low: float = 0.0, high: float = RATE / 2, slope: float = 2.0) -> Any:
    """Return the part of a sound between two frequencies, which fade by a power of the slope."""
    import numpy as np

    size = 1 << max(1, (len(samples) - 1)).bit_length()
    at = np.fft.rfftfreq(size, 1 / RATE)
    gain = np.ones_like(at)
    if low > 0:
        gain /= np.sqrt(1 + (low / np.maximum(at, 1e-3)) ** (2 * slope))
    if high < RATE / 2:
        gain /= np.sqrt(1 + (at / high) ** (2 * slope))
    return np.fft.irfft(np.fft.rfft(samples, size) * gain, size)[: len(samples)].astype(np.float32)


def envelope(seconds: float, attack: float, decay: float) -> Any:
    """Return a level that rises for `attack` seconds and then falls to a third in `decay`."""
    import numpy as np

    t = times(seconds)
    rise = np.minimum(1.0, t / max(attack, 1e-4))
    return (rise * np.exp(-np.maximum(0.0, t - attack) / decay)).astype(np.float32)


def faded(samples: Any, begin: float = 0.005, end: float = 0.02) -> Any:
    """Return a sound without clicks at its ends; works on mono and stereo."""
    import numpy as np

    level = np.ones(len(samples), np.float32)
    first, last = min(len(level), round(begin * RATE)), min(len(level), round(end * RATE))
    if first:
        level[:first] *= np.linspace(0, 1, first, dtype=np.float32)
    if last:
        level[-last:] *= np.linspace(1, 0, last, dtype=np.float32)
    return samples * (level if samples.ndim == 1 else level[:, None])


def stereo(left: Any, right: Any | None = None) -> Any:
    """Return one or two mono sounds as two channels."""
    import numpy as np

    return np.stack((left, left if right is None else right), axis=1).astype(np.float32)


def add(bus: Any, sound: Any, at: float, gain: float = 1.0) -> None:
    """Add a sound to a bus at a given time; what would exceed its end is left out."""
    first = round(at * RATE)
    count = min(len(sound), len(bus) - first)
    if count > 0:
        bus[first : first + count] += sound[:count] * gain


def levelled(samples: Any, peak: float = 0.7) -> Any:
    """Return a sound with this peak."""
    import numpy as np

    top = float(np.abs(samples).max()) if len(samples) else 0.0
    return samples * np.float32(peak / top) if top > 0 else samples
