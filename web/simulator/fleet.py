"""The worker nodes of a simulation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from config.environments import ENVIRONMENTS, queues_served
from config.prices import Price

_POOL: Final = re.compile(r"([a-z]+)(?:@([^=,]+))?=(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Pool:
    """Nodes of one environment on one kind of device."""

    environment: str
    nodes: int
    device: str = ""
    """Empty: the timings of all devices."""
    most: int = 0
    """The autoscaler's maximum; `nodes` is its minimum then. 0: a fixed number."""
    price: float = 0.0
    """Of a node and hour."""
    preemptions: float = 0.0
    """Per node and hour."""

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that these nodes serve."""
        return queues_served(self.environment)

    @property
    def name(self) -> str:
        return f"{self.environment}@{self.device}" if self.device else self.environment


def workers_by_queue(pools: Iterable[Pool]) -> dict[str, int]:
    """Count the nodes that serve each queue."""
    counted: dict[str, int] = Counter()
    for pool in pools:
        for queue in pool.queues:
            counted[queue] += max(pool.nodes, pool.most)
    return counted


def parse_pools(text: str) -> tuple[Pool, ...]:
    """Parse `ENVIRONMENT[@DEVICE]=NODES` or `=MIN-MAX`, separated by commas.

    >>> [(p.name, p.nodes, p.most) for p in parse_pools("xtts@L4=2, media=1-4")]
    [('xtts@L4', 2, 0), ('media', 1, 4)]
    """
    pools = tuple(_pool(word.strip()) for word in text.split(",") if word.strip())
    if len({pool.name for pool in pools}) < len(pools):
        raise ValueError("an environment is named twice")
    return pools


def _pool(word: str) -> Pool:
    found = _POOL.fullmatch(word)
    if found is None or found[1] not in ENVIRONMENTS:
        names = ", ".join(ENVIRONMENTS)
        raise ValueError(f"{word} is not ENVIRONMENT=NODES; the environments are {names}")
    least, most = int(found[3]), int(found[4] or 0)
    if found[4] and most < max(least, 1):
        raise ValueError(f"{word}: the maximum is smaller than the minimum")
    return Pool(found[1], least, (found[2] or "").strip(), most)


def hourly_prices(prices: tuple[Price, ...]) -> dict[str, float]:
    """Return the price of a node and hour by environment, from the setting `PRICES`."""
    return {price.of: price.amount for price in prices if price.of in ENVIRONMENTS}
