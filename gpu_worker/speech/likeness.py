"""How much one voice sounds like another, by measures of our own: pitch and timbre.

This is no speaker recognition. It tells a change that goes the right way from one
that does not, and nothing about whether a listener would mistake one for the other.
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
"""Frames this far below the loudest are breath and room."""
_QUARTILES = 1.349
"""Between the quartiles of a normal distribution, in spreads; octave errors do not count."""
_SEMITONES = 4.0
"""A difference of pitch that weighs as much as a timbre one spread away."""


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
    """The print of a voice; None where too little of it is voiced."""
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
    """0 for the same voice; pitch in steps of a third, timbre in spreads."""
    import numpy as np

    semitones = 12 / math.log(2) * (one.pitch - other.pitch)
    spread = np.sqrt((one.timbre_spread**2 + other.timbre_spread**2) / 2)
    timbre = float(np.mean(((one.timbre - other.timbre) / spread) ** 2))
    return math.sqrt((semitones / _SEMITONES) ** 2 + timbre)


def score(one: Print, other: Print) -> float:
    """1 for the same voice, falling towards 0."""
    return math.exp(-distance(one, other) / 2)


def centres() -> NDArray[np.float64]:
    """The frequencies of the bands, evenly spaced to the ear."""
    import numpy as np

    low, high = (2595 * math.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges: NDArray[np.float64] = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    return edges


def bins(voice: Voice) -> NDArray[np.float64]:
    """The frequency of every bin of a spectrum."""
    import numpy as np

    return np.linspace(0, voice.rate / 2, voice.spectrum.shape[1])


def filters(voice: Voice) -> Frames:
    """Triangles from each band's neighbour to the other, as columns."""
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
