"""The state of a simulation: jobs, nodes, and tables that its loop can index."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tasks.messaging.routing import PRIORITIES
from web.simulator.fleet import Pool
from web.simulator.graph import Graph
from web.simulator.timings import Durations, Timings

LEVELS: Final = {0: 0} | {rank: n for n, rank in enumerate(PRIORITIES, 1)}
"""The lists of a queue by priority, in the order in which a worker reads them."""

IDLE, BUSY, LEAVING, GONE = range(4)


@dataclass(slots=True)
class Route:
    """A graph with what its steps need on each pool, indexed by step."""

    follower: list[int]
    heads: list[list[int]]
    queues: list[int]
    lists: list[deque[tuple[SimulatedJob, int, float]]]
    """Where each step waits."""
    bits: list[int]
    """The model of each step, as a bit; 0 if loading it takes no time."""
    durations: list[Durations]
    """By pool."""


@dataclass(slots=True)
class SimulatedJob:
    """A job that has not ended."""

    number: int
    at: float
    owner: int
    rank: int
    route: Route
    round: int = 0
    open: int = 0
    """Branches of its round that have not ended."""


class Nodes:
    """What is known of each node, by its number."""

    def __init__(self) -> None:
        self.pool: list[int] = []
        self.state: list[int] = []
        self.job: list[SimulatedJob | None] = []
        self.step: list[int] = []
        self.since: list[float] = []
        """Since when it is there."""
        self.end: list[float] = []
        """When its step ends."""
        self.idle_since: list[float] = []
        self.warm: list[int] = []
        """The models that it has loaded, one bit each."""

    def add(self, pool: int, now: float) -> int:
        self.pool.append(pool)
        self.state.append(IDLE)
        self.job.append(None)
        self.step.append(0)
        self.since.append(now)
        self.end.append(0.0)
        self.idle_since.append(now)
        self.warm.append(0)
        return len(self.pool) - 1


class State:
    """Lists by number: of nodes, of pools, and of queues."""

    def __init__(self, graphs: Sequence[Graph], pools: Sequence[Pool], timings: Timings) -> None:
        self.pools = pools
        self.nodes = Nodes()
        self.queue_names = sorted({name for graph in graphs for name in graph.queues})
        places = {name: n for n, name in enumerate(self.queue_names)}
        self.lists: list[list[deque[tuple[SimulatedJob, int, float]]]] = [
            [deque() for _ in LEVELS] for _ in self.queue_names
        ]
        self.pulls = [
            [self.lists[places[q]][n] for n in range(len(LEVELS)) for q in p.queues if q in places]
            for p in pools
        ]
        self.servers = [
            [n for n, p in enumerate(pools) if name in p.queues] for name in self.queue_names
        ]
        models = timings.models()
        self.load_seconds = list(models.values())
        bits = {name: 1 << n for n, name in enumerate(models)}
        self.routes = [self._route(graph, places, bits, timings) for graph in graphs]
        self.steps = [0] * len(places)
        self.waits = [0.0] * len(places)
        self.busy = [0.0] * len(pools)
        self.idle: list[deque[int]] = [deque() for _ in pools]
        self.idle_nodes = [0] * len(pools)
        self.idle_warm: list[set[int]] = [set() for _ in models]
        self.live = [0] * len(pools)
        self.booting = [0] * len(pools)

    def _route(
        self, graph: Graph, places: dict[str, int], bits: dict[str, int], timings: Timings
    ) -> Route:
        levels = [LEVELS[priority] for priority in graph.priorities]
        queues = [places[name] for name in graph.queues]
        return Route(
            graph.follower,
            graph.heads,
            queues,
            [self.lists[q][level] for q, level in zip(queues, levels, strict=True)],
            [bits.get(f"{s.stage}/{s.engine.name}", 0) for s in graph.steps],
            [timings.durations(graph, pool) for pool in self.pools],
        )


_BITS: Final[dict[int, tuple[int, ...]]] = defaultdict(tuple)


def set_bits(value: int) -> tuple[int, ...]:
    """Return the numbers of the bits that are set."""
    if not value:
        return ()
    if value not in _BITS:
        _BITS[value] = tuple(n for n in range(value.bit_length()) if value >> n & 1)
    return _BITS[value]
