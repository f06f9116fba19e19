"""Counts, sums and quantiles that can be added up: of hours to days, of days to a report."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LEAST: Final = 0.001
STEPS_PER_DOUBLING: Final = 3
BOUNDS: Final = tuple(LEAST * 2 ** (step / STEPS_PER_DOUBLING) for step in range(82))
"""Upper bounds of the buckets, from a millisecond to a day; each is 26 % above the last."""


def bucket(seconds: float) -> int:
    """Return the number of the bucket that a duration belongs to.

    >>> bucket(0.001), bucket(2.0) > bucket(1.0), bucket(1e9) == len(BOUNDS)
    (0, True, True)
    """
    return bisect_left(BOUNDS, seconds)


@dataclass(slots=True)
class Figure:
    """How often something happened, and how much it came to."""

    count: int = 0
    total: float = 0.0
    buckets: Counter[int] = field(default_factory=Counter)
    """How many values are in each bucket; empty where only counts and sums matter."""

    def add(self, count: int, total: float = 0.0, in_bucket: int | None = None) -> None:
        self.count += count
        self.total += total
        if in_bucket is not None:
            self.buckets[in_bucket] += count

    def merge(self, other: Figure) -> None:
        self.count += other.count
        self.total += other.total
        self.buckets.update(other.buckets)

    def quantile(self, share: float) -> float | None:
        """Estimate a quantile: at most 13 % off, which is half a bucket.

        >>> figure = Figure()
        >>> for seconds in (1, 2, 3, 4, 100):
        ...     figure.add(1, seconds, bucket(seconds))
        >>> 2.6 < figure.quantile(0.5) < 3.4
        True
        """
        known = sum(self.buckets.values())
        if not known:
            return None
        rank, passed = share * known, 0
        for number in sorted(self.buckets):
            passed += self.buckets[number]
            if passed >= rank:
                return _middle(number)
        return None

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    def to_dict(self) -> dict[str, Any]:
        """Write it in few letters: there are many."""
        short: dict[str, Any] = {"n": self.count}
        if self.total:
            short["s"] = round(self.total, 6)
        if self.buckets:
            short["b"] = {str(number): self.buckets[number] for number in sorted(self.buckets)}
        return short

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Figure:
        buckets = Counter({int(number): count for number, count in raw.get("b", {}).items()})
        return cls(int(raw["n"]), float(raw.get("s", 0.0)), buckets)


def _middle(number: int) -> float:
    """Return the geometric middle of a bucket."""
    high = BOUNDS[min(number, len(BOUNDS) - 1)]
    return high / math.sqrt(2 ** (1 / STEPS_PER_DOUBLING))
