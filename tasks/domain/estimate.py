"""Estimate the duration of work from the durations of earlier work.

A pace is a line through the last runs, seconds = setup + per_size * size, fitted so that
single outliers do not bend it (Theil-Sen), and the ratios of the runs to that line. A quantile
of the ratios is a quantile of the next run: of n runs, the one of rank (n + 1) p is not exceeded
with probability p, whatever the distribution.

While there are few runs, they correct a prior: the line that the engine declares. Its scale is
uncertain by `_PRIOR_SPREAD`, and each run tells it with the noise that the runs show, so the
first ones count much and the range narrows with each.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

LAST_RUNS: Final = 60
SHORTEST_SECONDS: Final = 0.001
"""Minimum for a step: shares of the progress are fractions of a sum that must not be 0."""
_FEW: Final = 9
_UNSURE: Final = (0.4, 1.0, 2.5)
"""Ratios by which a first guess may be wrong."""
_PRIOR_SPREAD: Final = 0.7
"""The standard deviation of the logarithm of a prior's error: a factor of 2."""
_USUAL_NOISE: Final = 0.3
"""The standard deviation of a run's logarithm, as long as few runs show it."""
_NOISE_WEIGHT: Final = 3.0
"""The number of runs that this assumption weighs."""
_TENTH: Final = 1.2816
"""Standard deviations above the mean beyond which one in ten lies."""
_SETUP_SHARE: Final = 0.3
"""Of a typical run, what does not grow with its size, until that is measured."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds: half of the runs take at most `likely`; one in ten takes less than `low`, and
    one in ten more than `high`."""

    low: float
    likely: float
    high: float

    def times(self, factor: float) -> Estimate:
        return Estimate(self.low * factor, self.likely * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its size and its duration."""

    size: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one kind of work takes."""

    setup: float
    per_size: float
    ratios: tuple[float, ...] = _UNSURE
    """Durations of runs divided by the line's value, sorted."""

    def estimate(self, size: float) -> Estimate:
        line = max(self.setup + self.per_size * size, SHORTEST_SECONDS)
        low, likely, high = (quantile(self.ratios, share) for share in (0.1, 0.5, 0.9))
        return Estimate(line * low, line * likely, line * high)


def prior(seconds: float, size: float) -> Pace:
    """Make a pace before any run, from the declared duration of a run of typical size."""
    return Pace(_SETUP_SHARE * seconds, (1 - _SETUP_SHARE) * seconds / size)


def corrected(prior: Pace, runs: Sequence[Run]) -> Pace:
    """Correct a prior by a few runs; each moves the scale, and narrows the range."""
    lines = [max(prior.setup + prior.per_size * run.size, SHORTEST_SECONDS) for run in runs]
    logs = [
        math.log(max(run.seconds, SHORTEST_SECONDS) / line)
        for run, line in zip(runs, lines, strict=True)
    ]
    if not logs:
        return prior
    mean = statistics.fmean(logs)
    squares = sum((log - mean) ** 2 for log in logs) + _NOISE_WEIGHT * _USUAL_NOISE**2
    noise = squares / (_NOISE_WEIGHT + len(logs) - 1)
    uncertainty = 1 / (1 / _PRIOR_SPREAD**2 + len(logs) / noise)
    scale = math.exp(uncertainty * sum(logs) / noise)
    reach = math.exp(_TENTH * math.sqrt(uncertainty + noise))
    return Pace(prior.setup * scale, prior.per_size * scale, (1 / reach, 1.0, reach))


def is_enough(runs: Sequence[Run]) -> bool:
    """Return whether a pace can be learned from runs alone."""
    return len(runs) >= _FEW


def learn(runs: Sequence[Run]) -> Pace:
    """Learn a pace from runs that differ in size; there should be enough of them."""
    known = runs[:LAST_RUNS]
    slopes = [
        (one.seconds - other.seconds) / (one.size - other.size)
        for one, other in combinations(known, 2)
        if not math.isclose(one.size, other.size, rel_tol=0.02)
    ]
    setup, per_size = _proportional(known)
    if len(known) >= _FEW and slopes:
        slope = statistics.median(slopes)
        rest = statistics.median(run.seconds - slope * run.size for run in known)
        if slope > 0 and rest > 0:
            setup, per_size = rest, slope
        elif slope <= 0:
            setup, per_size = statistics.median(run.seconds for run in known), 0.0
    return _ranked(setup, per_size, known)


def learn_pinned(runs: Sequence[Run]) -> Pace:
    """Learn the overhead of runs whose size is their prescribed duration."""
    known = runs[:LAST_RUNS]
    over = statistics.median(run.seconds - run.size for run in known)
    return _ranked(max(over, 0.0), 1.0, known)


def quantile(ranked: Sequence[float], share: float) -> float:
    """Return the value that the next run stays below with this probability.

    >>> quantile([1, 2, 3], 0.5), quantile([1, 2, 3, 4], 0.5), quantile(range(19), 0.9)
    (2, 2.5, 17)
    """
    if share < 0.5:
        return ranked[max(math.floor((len(ranked) + 1) * share), 1) - 1]
    if share == 0.5:
        return statistics.median(ranked)
    return ranked[min(math.ceil((len(ranked) + 1) * share), len(ranked)) - 1]


def _proportional(runs: Sequence[Run]) -> tuple[float, float]:
    """Return setup and slope of a line through the origin; a constant if all sizes are 0."""
    ratios = [run.seconds / run.size for run in runs if run.size > 0]
    if ratios:
        return 0.0, statistics.median(ratios)
    return statistics.median(run.seconds for run in runs), 0.0


def _ranked(setup: float, per_size: float, runs: Sequence[Run]) -> Pace:
    ratios = [
        max(run.seconds, SHORTEST_SECONDS) / max(setup + per_size * run.size, SHORTEST_SECONDS)
        for run in runs
    ]
    made_up = _UNSURE if len(ratios) < _FEW else ()
    return Pace(setup, per_size, tuple(sorted([*ratios, *made_up])))
