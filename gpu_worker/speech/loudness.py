"""Measure and set the integrated loudness of one channel by ITU-R BS.1770-4, in numpy.

The K-weighting is applied in the frequency domain: one transform of a scene is
exact, needs no filter package, and works at any rate.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

TARGET_LUFS = -23.0
"""EBU R 128. The finished video is brought to its own loudness later; scenes match here."""
CEILING = 10 ** (-1.0 / 20)

_BLOCK, _HOP = 0.4, 0.1
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0


def integrated(samples: Samples, rate: int) -> float:
    """Return the loudness in LUFS with both gates of the recommendation; -inf for silence."""
    import numpy as np

    squares = np.cumsum(np.square(_weighted(samples, rate)))
    squares = np.concatenate(([0.0], squares))
    block = min(int(_BLOCK * rate), len(samples))
    starts = np.arange(0, len(samples) - block + 1, max(int(_HOP * rate), 1))
    powers = (squares[starts + block] - squares[starts]) / max(block, 1)
    for gate in (_ABSOLUTE_GATE, None):
        threshold = gate if gate is not None else _lufs(powers) + _RELATIVE_GATE
        powers = powers[powers > 10 ** ((threshold + 0.691) / 10)]
        if not powers.size:
            return float("-inf")
    return _lufs(powers)


def levelled(samples: Samples, rate: int, target: float = TARGET_LUFS) -> Samples:
    """Return the samples at the target loudness, or as near to it as their peaks allow."""
    import numpy as np

    loudness = integrated(samples, rate)
    if loudness == float("-inf"):
        return samples
    gain = 10 ** ((target - loudness) / 20)
    return samples * np.float32(min(gain, CEILING / float(np.abs(samples).max())))


def _lufs(powers: NDArray[np.float64]) -> float:
    import numpy as np

    return float(-0.691 + 10 * np.log10(powers.mean()))


def _weighted(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Return the K-weighted signal: a shelf for the head, then a low cut."""
    import numpy as np

    size = 1 << int(np.ceil(np.log2(len(samples) + rate)))  # room for the filters to ring out
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones_like(z)
    for (b0, b1, b2), (a0, a1, a2) in (_shelf(rate), _low_cut(rate)):
        response *= (b0 + b1 * z + b2 * z * z) / (a0 + a1 * z + a2 * z * z)
    return np.fft.irfft(np.fft.rfft(samples, size) * response, size)[: len(samples)]


_Powers = tuple[float, float, float]
_Biquad = tuple[_Powers, _Powers]
"""A filter's numerator and denominator, by rising power of the delay."""


def _shelf(rate: int) -> _Biquad:
    k, q = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    top = (high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k)
    return top, _poles(k, q)


def _low_cut(rate: int) -> _Biquad:
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    scale = 1 + k / q + k * k
    return (scale, -2 * scale, scale), _poles(k, q)


def _poles(k: float, q: float) -> _Powers:
    return 1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k
