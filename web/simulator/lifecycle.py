"""Nodes that join, leave, are preempted and scaled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from web.jobs.demand import Load
from web.jobs.scaling_policy import ScalingPolicy
from web.simulator.figures import Figures
from web.simulator.state import BUSY, GONE, IDLE, LEAVING, SimulatedJob, State
from web.simulator.timings import Timings

SCALING_SECONDS: Final = 2.0
"""Between two decisions of an autoscaler."""


class Work(Protocol):
    """What nodes do to the work, and need of it."""

    now: float

    def at(self, time: float, do: Callable[[], None]) -> None:
        """Do something later."""

    def ready(self, job: SimulatedJob, step: int) -> None:
        """Give a step to a node, or put it into its queue."""

    def find_work(self, node: int) -> None:
        """Let a new node take what waits."""

    def unrest(self, node: int) -> None:
        """Record that a node is no longer idle."""

    def resize(self) -> None:
        """Dispatch what the present number of nodes allows."""

    def waiting_jobs(self) -> int:
        """Count the jobs that wait for a dispatch."""

    def draw_life(self, rate: float) -> float:
        """Draw the seconds until a preemption."""


class Lifecycle:
    """Changes the nodes of a simulation."""

    def __init__(self, work: Work, state: State, timings: Timings, figures: Figures) -> None:
        self._work = work
        self._state = state
        self._timings = timings
        self._figures = figures

    def join(self, pool: int) -> None:
        """Add a node; it takes what waits."""
        node = self._state.nodes.add(pool, self._work.now)
        self._state.live[pool] += 1
        self._work.resize()
        if rate := self._state.pools[pool].preemptions:
            lives = self._work.draw_life(rate)
            self._work.at(self._work.now + lives, partial(self._preempt, node))
        self._work.find_work(node)

    def leave(self, node: int) -> None:
        """Remove a node that has nothing to do."""
        nodes = self._state.nodes
        pool = nodes.pool[node]
        if nodes.state[node] == IDLE:
            self._work.unrest(node)
        nodes.state[node] = GONE
        nodes.end[node] = -1.0
        self._figures.pools[pool].node_seconds += self._work.now - nodes.since[node]

    def _preempt(self, node: int) -> None:
        """Take a node away; another one is started for it."""
        nodes = self._state.nodes
        state, pool = nodes.state[node], nodes.pool[node]
        if state == GONE:
            return
        job, step = nodes.job[node], nodes.step[node]
        if job is not None and state != IDLE:
            self._figures.pools[pool].preempted += 1
            self._state.busy[pool] -= nodes.end[node] - self._work.now
            lost = 0.0 if self._timings.notice else self._timings.lost_seconds
            self._work.at(self._work.now + lost, partial(self._work.ready, job, step))
        self.leave(node)
        if state != LEAVING:
            self._state.live[pool] -= 1
            self._boot(pool)
            self._work.resize()

    def _boot(self, pool: int) -> None:
        self._state.booting[pool] += 1
        self._figures.pools[pool].node_seconds += self._timings.boot_seconds
        self._work.at(self._work.now + self._timings.boot_seconds, partial(self._booted, pool))

    def _booted(self, pool: int) -> None:
        self._state.booting[pool] -= 1
        self.join(pool)

    def scale(self, pool: int, policy: ScalingPolicy) -> None:
        """Decide as `callsheet autoscale` does, again and again."""
        environment = self._state.pools[pool].environment
        waiting = sum(
            sum(map(len, lists))
            for name, lists in zip(self._state.queue_names, self._state.lists, strict=True)
            if name == environment
        )
        have = self._state.live[pool] + self._state.booting[pool]
        running = self._state.live[pool] - self._state.idle_nodes[pool]
        load = Load(
            environment, waiting, running, self._work.waiting_jobs(), self._state.live[pool]
        )
        target = policy.decide(load.wanted, have, self._work.now)
        for _ in range(target - have):
            self._boot(pool)
        if target < have:
            self._drain(pool, have - target)
        self._work.at(self._work.now + SCALING_SECONDS, partial(self.scale, pool, policy))

    def _drain(self, pool: int, number: int) -> None:
        """Remove idle nodes at once, and busy ones when they have finished; young ones first."""
        nodes = self._state.nodes
        mine = [
            node
            for node in range(len(nodes.pool) - 1, -1, -1)
            if nodes.pool[node] == pool and nodes.state[node] in (IDLE, BUSY)
        ]
        mine.sort(key=lambda node: nodes.state[node])
        for node in mine[:number]:
            self._state.live[pool] -= 1
            if nodes.state[node] == IDLE:
                self.leave(node)
            else:
                nodes.state[node] = LEAVING
        self._work.resize()
