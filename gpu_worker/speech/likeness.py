"""Measure how alike two voices sound, by pitch and timbre.

This is not speaker recognition. It shows whether a change brings a voice nearer to another,
but not whether a listener would confuse the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpu_worker.speech.world import Voice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gpu_worker.speech.world import Frames

_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 32, 100.0, 7600.0
_COEFFICIENTS = 13
_FEWEST_FRAMES = 200
_QUIET = 10**-4.0
"""Frames this far below the loudest are breath or background."""
_QUARTILES = 1.349
"""The distance of a normal distribution's quartiles in standard deviations.

Quartiles are not affected by octave errors of the tracker.
"""
_SEMITONES = 4.0
"""The pitch difference that counts as much as a timbre difference of one spread."""


@dataclass(frozen=True, slots=True)
class Print:
    """What is typical of a voice: log pitch, and cepstral means and spreads."""

    pitch: float
    pitch_spread: float
    timbre: NDArray[np.float64]
    timbre_spread: NDArray[np.float64]
    bands: NDArray[np.float64]
    """Its mean spectrum in log power by band, without its level."""


def print_of(voice: Voice) -> Print | None:
    """Compute the print of a voice; None if too little of it is voiced."""
    import numpy as np

    power = voice.spectrum.sum(axis=1)
    spoken = (voice.pitch > 0) & (power > power.max(initial=0.0) * _QUIET)
    if spoken.sum() < _FEWEST_FRAMES:
        return None
    low, pitch, high = np.quantile(np.log(voice.pitch[spoken]), (0.25, 0.5, 0.75))
    bands = np.log(voice.spectrum[spoken] @ filters(voice) + 1e-16)
    bands -= bands.mean(axis=1, keepdims=True)
    cepstra = bands @ _cosines()
    return Print(
        float(pitch),
        float(high - low) / _QUARTILES,
        cepstra.mean(axis=0),
        cepstra.std(axis=0),
        bands.mean(axis=0),
    )


def distance(one: Print, other: Print) -> float:
    """Return 0 for the same voice; pitch counts in thirds, timbre in spreads."""
    import numpy as np

    semitones = 12 / math.log(2) * (one.pitch - other.pitch)
    spread = np.sqrt((one.timbre_spread**2 + other.timbre_spread**2) / 2)
    timbre = float(np.mean(((one.timbre - other.timbre) / spread) ** 2))
    return math.sqrt((semitones / _SEMITONES) ** 2 + timbre)


def score(one: Print, other: Print) -> float:
    """Return 1 for the same voice, and less the more two voices differ."""
    return math.exp(-distance(one, other) / 2)


def centres() -> NDArray[np.float64]:
    """Return the frequencies of the bands, evenly spaced on the mel scale."""
    import numpy as np

    low, high = (2595 * math.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges: NDArray[np.float64] = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    return edges


def bins(voice: Voice) -> NDArray[np.float64]:
    """Return the frequency of each bin of a spectrum."""
    import numpy as np

    return np.linspace(0, voice.rate / 2, voice.spectrum.shape[1])


def filters(voice: Voice) -> Frames:
    """Return triangular filters as columns; each spans from one neighbouring band to the other."""
    import numpy as np

    edges = centres()[:, None]
    rising = (bins(voice) - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins(voice)) / (edges[2:] - edges[1:-1])
    weights = np.clip(np.minimum(rising, falling), 0, None)
    shaped: Frames = (weights / weights.sum(axis=1, keepdims=True)).T
    return shaped


def _cosines() -> Frames:
    import numpy as np

    band = (np.arange(_BANDS) + 0.5) / _BANDS
    return np.cos(np.pi * band[:, None] * np.arange(1, _COEFFICIENTS + 1)) / _BANDS
