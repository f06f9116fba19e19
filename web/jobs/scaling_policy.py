"""The scaling policy: scale up at once, scale down after a cool-down."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ScalingPolicy:
    """Remembers since when fewer workers would do, and the most needed since then."""

    least: int
    most: int
    cooldown: float
    _fewer_since: float | None = None
    _fewer: int = field(default=0)

    def decide(self, wanted: int, have: int, moment: float) -> int:
        """Return the number of workers to run.

        Load that falls and rises again within the cool-down changes nothing.

        >>> policy = ScalingPolicy(1, 8, cooldown=60)
        >>> [policy.decide(w, h, t) for w, h, t in ((5, 1, 0), (20, 5, 1), (2, 8, 2), (4, 8, 30))]
        [5, 8, 8, 8]
        >>> [policy.decide(w, 8, t) for w, t in ((3, 63), (9, 64), (0, 65), (0, 130))]
        [4, 8, 8, 1]
        """
        target = min(max(wanted, self.least), self.most)
        if have > self.most or target >= have:
            self._fewer_since = None
            return min(max(target, have), self.most)
        if self._fewer_since is None:
            self._fewer_since, self._fewer = moment, target
        self._fewer = max(self._fewer, target)
        if moment - self._fewer_since < self.cooldown:
            return have
        self._fewer_since = None
        return self._fewer
