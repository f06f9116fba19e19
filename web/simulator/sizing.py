"""Find the fewest nodes with which jobs end in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from web.simulator.figures import Figures
from web.simulator.fleet import Pool
from web.simulator.simulation import Rules, simulate
from web.simulator.timings import Timings
from web.simulator.workload import Workload

_MOST_ROUNDS: Final = 60
_GROWTH: Final = 1.3
_UNUSED: Final = 0.02
"""A share of busy time below which more nodes cannot help."""
MOST_NODES: Final = 100_000


class Unreachable(Exception):
    """No number of nodes reaches the target; the message says why."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """A fleet that reaches the target, and its figures."""

    pools: tuple[Pool, ...]
    figures: Figures

    @property
    def p95(self) -> float:
        return self.figures.percentile(0.95)


_Run = Callable[[tuple[Pool, ...]], Sizing]


def smallest(
    workload: Workload, pools: Sequence[Pool], timings: Timings, rules: Rules, p95: float
) -> Sizing:
    """Size the pools so that 19 of 20 jobs end within `p95` seconds.

    The pool that is busiest grows until the target is reached; then each pool shrinks, the
    dearest first, as long as it holds.
    """

    def run(pools: tuple[Pool, ...]) -> Sizing:
        return Sizing(pools, simulate(workload, pools, timings, rules))

    fixed = tuple(replace(pool, nodes=max(pool.nodes, 1), most=0) for pool in pools)
    found = _grown(run, fixed, p95)
    for place in sorted(range(len(fixed)), key=lambda n: -found.pools[n].price):
        found = _shrunk(run, found, place, p95)
    return found


def _grown(run: _Run, pools: tuple[Pool, ...], p95: float) -> Sizing:
    for _ in range(_MOST_ROUNDS):
        found = run(pools)
        if found.p95 <= p95:
            return found
        place = max(range(len(pools)), key=lambda n: found.figures.pools[n].busy_share)
        if found.figures.pools[place].busy_share < _UNUSED or pools[place].nodes >= MOST_NODES:
            break
        pools = _with_nodes(pools, place, math.ceil(_GROWTH * pools[place].nodes))
    raise Unreachable(
        f"No number of nodes reaches {p95:g} s; the best p95 is {found.p95:.1f} s "
        f"(bottleneck: {found.figures.bottleneck})."
    )


def _shrunk(run: _Run, found: Sizing, place: int, p95: float) -> Sizing:
    """Search the fewest nodes of one pool by halves."""
    low, high = 1, found.pools[place].nodes
    while low < high:
        nodes = (low + high) // 2
        tried = run(_with_nodes(found.pools, place, nodes))
        if tried.p95 <= p95:
            found, high = tried, nodes
        else:
            low = nodes + 1
    return found


def _with_nodes(pools: tuple[Pool, ...], place: int, nodes: int) -> tuple[Pool, ...]:
    return (*pools[:place], replace(pools[place], nodes=nodes), *pools[place + 1 :])
