"""Find the tempo and the beats of a recording by spectral flux and autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Curve = NDArray[np.float64]

RATE: Final = 22_050
_WINDOW: Final = 1024
_HOP: Final = 256
_FRAMES: Final = RATE / _HOP
SLOWEST, FASTEST = 50.0, 200.0
_USUAL: Final = 118.0
"""The tempo that is preferred among those that fit equally, because people hear it so."""
_TIGHT: Final = 120.0
_AT_ONCE: Final = 512
RHYTHMIC: Final = 0.22
"""Strength of the beat from which a recording counts as having one."""


@dataclass(frozen=True, slots=True)
class Beats:
    """The tempo of a recording, the times of its beats, and how clear they are."""

    tempo: float
    times: tuple[float, ...]
    strength: float
    """Autocorrelation of the onsets at the tempo, 0 to 1."""

    @property
    def is_rhythmic(self) -> bool:
        return self.strength >= RHYTHMIC and len(self.times) >= 4


def find(samples: Samples) -> Beats:
    """Return the beats of mono sound at `RATE`."""
    import numpy as np

    onsets = _onsets(samples)
    if len(onsets) < 4 * _FRAMES or onsets.max() <= 0:
        return Beats(0.0, (), 0.0)
    lag, strength = _period(onsets)
    at = _path(onsets, lag)
    times = tuple(round(float(frame) / _FRAMES, 3) for frame in at)
    gaps = np.diff(at)
    tempo = 60 * _FRAMES / (float(gaps.mean()) if len(gaps) else lag)
    return Beats(round(tempo, 1), times, round(strength, 3))


def _onsets(samples: Samples) -> Curve:
    """Return how much louder the bands become from one moment to the next."""
    import numpy as np

    count = (len(samples) - _WINDOW) // _HOP + 1
    if count < 2:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    shape = np.hanning(_WINDOW).astype(np.float32)
    edges = np.unique(np.geomspace(2, _WINDOW // 2, 41).astype(int))
    bands = []
    for begin in range(0, count, _AT_ONCE):
        spectrum = np.abs(np.fft.rfft(windows[begin : begin + _AT_ONCE] * shape, axis=1))
        bands.append(np.log1p(20 * np.add.reduceat(spectrum, edges[:-1], axis=1)))
    loud = np.concatenate(bands)
    rises = np.maximum(np.diff(loud, axis=0, prepend=loud[:1]), 0).mean(axis=1)
    width = round(0.5 * _FRAMES)
    usual = np.convolve(rises, np.ones(width) / width, "same")
    curve: Curve = np.maximum(rises - usual, 0)
    return np.convolve(curve, np.hanning(7) / np.hanning(7).sum(), "same")


def _period(onsets: Curve) -> tuple[float, float]:
    """Return the frames between two beats, and how much the onsets repeat at that distance."""
    import numpy as np

    centred = onsets - onsets.mean()
    size = 1 << (2 * len(centred) - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    same = np.fft.irfft(power)[: len(centred)]
    if same[0] <= 0:
        return 60 * _FRAMES / _USUAL, 0.0
    same = same / same[0]
    shortest, longest = int(60 * _FRAMES / FASTEST), int(np.ceil(60 * _FRAMES / SLOWEST))
    lags = np.arange(shortest, min(longest, len(same) // 3) + 1)
    if not len(lags):
        return 60 * _FRAMES / _USUAL, 0.0
    doubled = np.array([same[2 * lag] if 2 * lag < len(same) else 0.0 for lag in lags])
    preferred = np.exp(-0.5 * (np.log2(60 * _FRAMES / lags / _USUAL) / 0.9) ** 2)
    best = int(((same[lags] + 0.5 * doubled) * preferred).argmax())
    lag = float(lags[best])
    if 0 < best < len(lags) - 1:
        low, top, high = (float(same[lags[best] + n]) for n in (-1, 0, 1))
        bend = low - 2 * top + high
        lag += 0.5 * (low - high) / bend if bend < 0 else 0.0
    return lag, max(0.0, float(same[lags[best]]))


def _path(onsets: Curve, lag: float) -> list[int]:
    """Return the row of onsets that are strong and lie one period apart (Ellis, 2007)."""
    import numpy as np

    strong = onsets / (onsets.std() + 1e-9)
    low, high = round(lag / 2), round(2 * lag)
    gaps = np.arange(low, high + 1)
    cost = -_TIGHT * np.log(gaps / lag) ** 2
    score = strong.copy()
    back = np.full(len(strong), -1)
    for at in range(low, len(strong)):
        reach = gaps[gaps <= at]
        values = score[at - reach] + cost[: len(reach)]
        best = int(values.argmax())
        if values[best] > 0:
            score[at] = strong[at] + values[best]
            back[at] = at - reach[best]
    tail = max(0, len(score) - high)
    at = tail + int(score[tail:].argmax())
    found = []
    while at >= 0:
        found.append(at)
        at = int(back[at])
    return found[::-1]
