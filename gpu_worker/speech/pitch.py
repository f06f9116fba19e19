"""Track the pitch of a voice by autocorrelation.

WORLD's own trackers follow the fundamental wave, which is very weak in deep voices such as
Piper's: most of their speech was classed as unvoiced and came out as a whisper.
Autocorrelation follows the period, which such voices have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gpu_worker.speech.loudness import Samples

    Frames = NDArray[np.float64]

FRAME_SECONDS = 0.005
_WINDOW_SECONDS = 0.05
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 400.0
_STEPS = 97
_STEP_COST = 0.02
"""The gain in likeness that a pitch change of one step between frames needs."""
_OCTAVE_COST = 0.05
"""A preference for the shorter period: two periods are as alike as one."""
_VOICED = 0.45
_SURELY_VOICED = 0.6
_QUIET = 1e-4


def tracked(samples: Samples, rate: int) -> tuple[Frames, Frames]:
    """Return the pitch in Hz, 0 where unvoiced, and the times of its frames."""
    import numpy as np

    likeness, power = _periodicity(samples.astype(np.float64), rate)
    loud = power > power.max(initial=0.0) * _QUIET
    candidates = _candidates(likeness[loud], rate)
    lags = rate / candidates
    whole = lags.astype(int)
    share = lags - whole
    scores = likeness[:, whole] * (1 - share) + likeness[:, whole + 1] * share
    path = _smoothest(scores)
    voiced = (scores[np.arange(len(path)), path] > _VOICED) & loud
    times = np.arange(len(path)) * FRAME_SECONDS
    return np.where(voiced, candidates[path], 0.0), times


def _periodicity(samples: Frames, rate: int) -> tuple[Frames, Frames]:
    """Return each frame's autocorrelation by lag, corrected for the window, and its power."""
    import numpy as np

    size = int(_WINDOW_SECONDS * rate)
    padded = 1 << (2 * size - 1).bit_length()
    window = np.hanning(size)
    starts = np.arange(int(len(samples) / rate / FRAME_SECONDS) + 1) * FRAME_SECONDS * rate
    around = np.pad(samples, (size // 2, size))
    frames = around[starts.astype(int)[:, None] + np.arange(size)]
    frames -= frames.mean(axis=1, keepdims=True)
    taper = _autocorrelation(window[None], padded)[0]
    longest = int(rate / _LOWEST_HZ) + 2
    likeness = _autocorrelation(frames * window, padded)[:, :longest]
    likeness *= (taper[0] / taper[:longest]) / (likeness[:, :1] + 1e-12)
    likeness -= _OCTAVE_COST * np.log2(np.arange(longest).clip(1) * _HIGHEST_HZ / rate)
    return likeness, np.mean(frames**2, axis=1)


def _autocorrelation(frames: Frames, size: int) -> Frames:
    import numpy as np

    return np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2, size)


def _candidates(likeness: Frames, rate: int) -> Frames:
    """Return pitches in even steps, from an octave below the usual pitch to one above it."""
    import numpy as np

    shortest = int(rate / _HIGHEST_HZ)
    lags = likeness[:, shortest:-1].argmax(axis=1) + shortest
    sure = likeness[np.arange(len(lags)), lags] > _SURELY_VOICED
    usual = rate / np.median(lags[sure]) if sure.any() else 150.0
    low, high = max(_LOWEST_HZ, usual / 2), min(_HIGHEST_HZ, usual * 2)
    return np.geomspace(low, high, _STEPS)


def _smoothest(scores: Frames) -> NDArray[np.int64]:
    """Return the path with the best score after the cost of its jumps (Viterbi)."""
    import numpy as np

    steps = np.arange(_STEPS)
    cost = _STEP_COST * np.abs(steps[:, None] - steps)
    best, came_from = scores[0], []
    for score in scores[1:]:
        reached = best - cost
        came_from.append(reached.argmax(axis=1))
        best = reached[steps, came_from[-1]] + score
    path = [int(best.argmax())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])
