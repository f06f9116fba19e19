"""Detect closed lips (p, b, m) in recorded speech, which has no phoneme timings.

Each of eight bands is measured against its own loud moments, from 120 ms before to
120 ms after: a voice that loses its upper bands and then bursts is a b. The
table is a logistic regression over 26 sentences of three synthetic voices, made by
`python -m tests.gpu_worker.engines.fit_closures`. It does not distinguish every b from a d.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
EDGES = (80, 300, 600, 1000, 1500, 2200, 3200, 4800, 8000)
OFFSETS = (-12, -8, -5, -3, -1, 1, 3, 5, 8, 12)
"""Steps of 10 ms."""
QUIETEST = -40.0
"""Decibels below the loud moments of a band; quieter sound is silence."""
LIKELY = 0.18
APART = 6
"""Minimum steps between two closures; people do not speak them faster."""
BIAS = -3.14
TABLE = (
    (18, -14, -1, -2, 6, 14, 14, 4),
    (8, -15, 10, 1, -10, 5, 6, -1),
    (-5, -19, 11, 1, -5, -1, 18, -18),
    (7, -18, -2, 8, -3, -14, 2, -27),
    (29, -26, -14, 15, 1, -8, -10, -19),
    (46, -25, -5, 25, -12, 0, -6, -15),
    (22, -11, 2, 4, -14, 4, -1, -9),
    (7, 15, 10, 2, -5, -2, 6, -2),
    (-17, 13, -2, -9, -1, -1, 9, 13),
    (-4, 25, -17, 6, 0, 8, -9, -5),
)


def closures(power: Floats, hertz: Floats) -> list[int]:
    """Return the steps at which lips probably meet, in order."""
    seen = surroundings(power, hertz)
    return peaks(1 / (1 + np.exp(-(BIAS + seen @ (np.array(TABLE, np.float32).ravel() / 100)))))


def peaks(likely: npt.NDArray[np.floating[Any]]) -> list[int]:
    """Return likely moments; of two that are too close, the likelier one."""
    found: list[int] = []
    taken = np.zeros(len(likely), np.bool_)
    for step in np.argsort(-likely, kind="stable"):
        if likely[step] < LIKELY:
            break
        if not taken[step]:
            found.append(int(step))
            taken[max(0, step - APART + 1) : step + APART] = True
    return sorted(found)


def surroundings(power: Floats, hertz: Floats) -> Floats:
    """Return the input of the regression: steps x (offsets, bands), in tens of decibels."""
    bands = [
        10 * np.log10(power[:, (hertz >= low) & (hertz < high)].sum(1) + 1e-9)
        for low, high in pairwise(EDGES)
    ]
    against = [np.maximum(band - np.percentile(band, 90), QUIETEST) / 10 for band in bands]
    window = np.array([0.25, 0.5, 0.25], np.float32)
    calm = np.stack([np.convolve(np.pad(b, 1, "edge"), window, "valid") for b in against], 1)
    steps = np.arange(len(calm))
    beside = [calm[np.clip(steps + offset, 0, len(calm) - 1)] for offset in OFFSETS]
    seen: Floats = np.concatenate(beside, 1).astype(np.float32)
    return seen
