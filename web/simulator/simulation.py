"""A discrete-event simulation of jobs on worker nodes.

Decisions are the product's own: the order of steps and their queues (`graph.py`), whose turn it is
(`waiting_line.py`), how many jobs are in flight (`web.jobs.queue.slots`), which worker takes a
step whose model is not loaded (`tasks.nodes.warm_affinity`), and how many workers there should be
(`web.jobs.demand`, `web.jobs.scaling_policy`). What is simulated here is the rest: Redis serves
waiting workers in turn, workers serve their queues by priority, and time passes.
"""

from __future__ import annotations

import gc
import heapq
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

from tasks.nodes.warm_affinity import EXPECTED_MS, pause_seconds
from web.jobs import queue
from web.jobs.scaling_policy import ScalingPolicy
from web.simulator.figures import Figures, PoolFigures, QueueFigures
from web.simulator.fleet import Pool
from web.simulator.graph import LAST
from web.simulator.lifecycle import Lifecycle
from web.simulator.state import BUSY, GONE, IDLE, LEAVING, SimulatedJob, State, set_bits
from web.simulator.timings import Timings
from web.simulator.waiting_line import WaitingLine
from web.simulator.workload import Workload

REQUEUE_SECONDS: Final = 0.025
"""What a worker needs to give a step back."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator can set besides the nodes."""

    jobs_in_flight: int = 0
    """0: as many as the workers can use."""
    cooldown: float = 60.0
    """Seconds of lower load before an autoscaler removes workers."""
    seed: int = 0


class Simulation:
    """Runs a workload to its end, once."""

    def __init__(
        self, workload: Workload, pools: Sequence[Pool], timings: Timings, rules: Rules
    ) -> None:
        self._workload = workload
        self._pools = pools
        self._timings = timings
        self._rules = rules
        self._chance = random.Random(rules.seed)  # noqa: S311  nothing secret
        self.now = 0.0
        self._events: list[tuple[Any, ...]] = []
        """(time, node) for the end of a step; (time, negative number, function) for the rest."""
        self._numbers = count(1)
        self._line: WaitingLine[SimulatedJob] = WaitingLine()
        self._in_flight = 0
        self._slots = 0
        self._controller_free = 0.0
        self._left = workload.jobs
        self.state = State(workload.graphs, pools, timings)
        self._handed: dict[tuple[int, int], tuple[int, float]] = {}
        self._reserved: dict[int, tuple[float, tuple[int, int]]] = {}
        self._figures = Figures(
            latencies=array("d"),
            starts=array("d"),
            pools=[PoolFigures(pool) for pool in pools],
            queues={},
        )
        self._lifecycle = Lifecycle(self, self.state, timings, self._figures)

    # --- the loop ------------------------------------------------------------------

    def run(self) -> Figures:
        """Simulate every job, and return what happened."""
        for pool, declared in enumerate(self._pools):
            for _ in range(declared.nodes):
                self._lifecycle.join(pool)
            if declared.most:
                policy = ScalingPolicy(declared.nodes, declared.most, self._rules.cooldown)
                self.at(0.0, partial(self._lifecycle.scale, pool, policy))
        self._refuse_unservable()
        # Nothing here is part of a cycle, and millions of tuples would be looked through.
        enabled = gc.isenabled()
        gc.disable()
        try:
            self._loop(self._jobs())
        finally:
            if enabled:
                gc.enable()
        return self._finished()

    def _refuse_unservable(self) -> None:
        for name, servers in zip(self.state.queue_names, self.state.servers, strict=True):
            if not any(self._pools[n].nodes or self._pools[n].most for n in servers):
                raise ValueError(f"no node serves the queue {name}")

    def _jobs(self) -> Iterator[SimulatedJob]:
        for number, arrival in enumerate(self._workload.arrivals()):
            at, owner, rank, shape = arrival
            yield SimulatedJob(number, at, owner, rank, self.state.routes[shape])

    def _loop(self, jobs: Iterator[SimulatedJob]) -> None:  # noqa: C901, PLR0912  calls cost half
        nodes, events, pulls = self.state.nodes, self._events, self.state.pulls
        working, steps, ends, states = nodes.job, nodes.step, nodes.end, nodes.state
        pools, warm, waits, busy = nodes.pool, nodes.warm, self.state.waits, self.state.busy
        chance, push, pop = self._chance.random, heapq.heappush, heapq.heappop
        upcoming = next(jobs, None)
        while self._left:
            if upcoming is not None and (not events or upcoming.at <= events[0][0]):
                self.now = upcoming.at
                self._arrive(upcoming)
                upcoming = next(jobs, None)
                continue
            event = pop(events)
            self.now = now = event[0]
            node = event[1]
            if node < 0:
                event[2]()
                continue
            if ends[node] != now:
                continue  # it was preempted meanwhile
            job = working[node]
            if job is not None:
                follower = job.route.follower[steps[node]]
                if follower != LAST:
                    self.ready(job, follower)
                else:
                    job.open -= 1
                    if not job.open:
                        self._next_round(job)
            if states[node] == LEAVING:
                self._lifecycle.leave(node)
                continue
            pool = pools[node]
            for waiting in pulls[pool]:
                if not waiting:
                    continue
                job, step, since = waiting.popleft()
                route = job.route
                waits[route.queues[step]] += now - since
                if route.bits[step] & ~warm[node]:
                    self._start(node, job, step)
                    break
                durations = route.durations[pool][step]
                seconds = durations[int(chance() * len(durations))]
                working[node], steps[node] = job, step
                ends[node] = end = now + seconds
                busy[pool] += seconds
                push(events, (end, node))
                break
            else:
                self._rest(node)

    def at(self, time: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, -next(self._numbers), do))

    # --- jobs ----------------------------------------------------------------------

    def _arrive(self, job: SimulatedJob) -> None:
        if self._in_flight < self._slots and not self._line:
            self._line.started(job.owner)
            self._dispatch(job)
        else:
            self._line.add(job)

    def _dispatch(self, job: SimulatedJob) -> None:
        """Begin a job; a controller that is behind begins it later."""
        self._in_flight += 1
        begins = self.now
        rate = self._timings.controller_jobs_per_second
        if rate:
            self._controller_free = begins = max(self._controller_free, begins) + 1 / rate
            self._figures.controller_busy += 1 / rate
        self._figures.starts.append(begins - job.at)
        begins += self._timings.overheads.dispatch
        if begins > self.now:
            self.at(begins, partial(self._begin_round, job))
        else:
            self._begin_round(job)

    def _begin_round(self, job: SimulatedJob) -> None:
        heads = job.route.heads
        if job.round == len(heads):
            self._end(job)
            return
        job.open = len(heads[job.round])
        for step in heads[job.round]:
            self.ready(job, step)

    def _next_round(self, job: SimulatedJob) -> None:
        job.round += 1
        self._begin_round(job)

    def _end(self, job: SimulatedJob) -> None:
        finish = self._timings.overheads.finish
        if finish:
            self.at(self.now + finish, partial(self._ended, job))
        else:
            self._ended(job)

    def _ended(self, job: SimulatedJob) -> None:
        self._left -= 1
        self._in_flight -= 1
        self._figures.latencies.append(self.now - job.at)
        self._line.ended(job.owner)
        self._dispatch_waiting()

    def _dispatch_waiting(self) -> None:
        while self._line and self._in_flight < self._slots:
            self._dispatch(self._line.take())

    # --- steps ---------------------------------------------------------------------

    def ready(self, job: SimulatedJob, step: int) -> None:
        """Give a step to the worker that waits longest, or put it into its queue."""
        route = job.route
        place = route.queues[step]
        self.state.steps[place] += 1
        node = self._idle_node(self.state.servers[place])
        if node is None:
            route.lists[step].append((job, step, self.now))
        else:
            self.unrest(node)
            self._start(node, job, step)

    def _idle_node(self, servers: list[int]) -> int | None:
        best: int | None = None
        for pool in servers:
            idle = self.state.idle[pool]
            while idle and self.state.nodes.state[idle[0]] != IDLE:
                idle.popleft()
            if idle and (
                best is None
                or self.state.nodes.idle_since[idle[0]] < self.state.nodes.idle_since[best]
            ):
                best = idle[0]
        if best is not None:
            self.state.idle[self.state.nodes.pool[best]].popleft()
        return best

    def _start(self, node: int, job: SimulatedJob, step: int) -> None:
        """Let a node run a step, or give it back for a warm one."""
        nodes, route = self.state.nodes, job.route
        pool = nodes.pool[node]
        durations = route.durations[pool][step]
        seconds = durations[int(self._chance.random() * len(durations))]
        bit = route.bits[step]
        if bit & ~nodes.warm[node]:
            if self._is_handed_on(node, job, step, bit):
                return
            seconds += self.state.load_seconds[bit.bit_length() - 1]
            nodes.warm[node] |= bit
            self._figures.pools[pool].cold_starts += 1
        self._occupy(node, job, step, seconds)
        self.state.busy[pool] += seconds

    def _occupy(self, node: int, job: SimulatedJob | None, step: int, seconds: float) -> None:
        nodes = self.state.nodes
        if nodes.state[node] == IDLE:
            nodes.state[node] = BUSY
        nodes.job[node], nodes.step[node] = job, step
        nodes.end[node] = end = self.now + seconds
        heapq.heappush(self._events, (end, node))

    def _is_handed_on(self, node: int, job: SimulatedJob, step: int, bit: int) -> bool:
        """Leave a step to an idle worker that has its model loaded, as the product does."""
        model = bit.bit_length() - 1
        free = self.state.idle_warm[model]
        key = job.number, step
        if not free:
            self._handed.pop(key, None)
            return False
        times, first = self._handed.get(key, (0, self.now))
        times += 1
        reserved = times > 1 or any(self._reserve(other, key) for other in free)
        able = sum(self.state.live[n] for n in self.state.servers[job.route.queues[step]])
        waited = self.now - first
        pause = pause_seconds(
            self.state.load_seconds[model], able, times, waited, reserved=reserved
        )
        if pause is None:
            self._handed.pop(key, None)
            return False
        self._handed[key] = times, first
        self.at(self.now + REQUEUE_SECONDS + pause, partial(self.ready, job, step))
        self._occupy(node, None, 0, REQUEUE_SECONDS)
        return True

    def _reserve(self, node: int, key: tuple[int, int]) -> bool:
        until, other = self._reserved.get(node, (0.0, key))
        if until > self.now and other != key:
            return False
        self._reserved[node] = self.now + EXPECTED_MS / 1000, key
        return True

    def _rest(self, node: int) -> None:
        nodes = self.state.nodes
        pool = nodes.pool[node]
        nodes.state[node], nodes.job[node] = IDLE, None
        nodes.idle_since[node] = self.now
        self.state.idle_nodes[pool] += 1
        self.state.idle[pool].append(node)
        for model in set_bits(nodes.warm[node]):
            self.state.idle_warm[model].add(node)

    def unrest(self, node: int) -> None:
        self.state.idle_nodes[self.state.nodes.pool[node]] -= 1
        for model in set_bits(self.state.nodes.warm[node]):
            self.state.idle_warm[model].discard(node)
        self._reserved.pop(node, None)

    def find_work(self, node: int) -> None:
        """Let a new node take what waits."""
        for waiting in self.state.pulls[self.state.nodes.pool[node]]:
            if waiting:
                job, step, since = waiting.popleft()
                self.state.waits[job.route.queues[step]] += self.now - since
                self._start(node, job, step)
                return
        self._rest(node)

    def waiting_jobs(self) -> int:
        """Count the jobs that wait for a dispatch."""
        return len(self._line)

    def draw_life(self, rate: float) -> float:
        """Draw the seconds until a node is preempted, from the rate per hour."""
        return self._chance.expovariate(rate / 3600)

    def resize(self) -> None:
        """Compute the slots for jobs, and dispatch into those that are new."""
        limit = self._rules.jobs_in_flight or 2**31
        self._slots = queue.slots(sum(self.state.live), limit)
        if self._line:
            self._dispatch_waiting()

    def _finished(self) -> Figures:
        """Account for the nodes that are still there, and for what was counted in lists."""
        figures, nodes = self._figures, self.state.nodes
        for node, state in enumerate(nodes.state):
            if state != GONE:
                figures.pools[nodes.pool[node]].node_seconds += self.now - nodes.since[node]
        for pool, busy in zip(figures.pools, self.state.busy, strict=True):
            pool.busy = busy
        for name, steps, waited in zip(
            self.state.queue_names, self.state.steps, self.state.waits, strict=True
        ):
            figures.queues[name] = QueueFigures(name, steps, waited)
        figures.makespan = self.now
        return figures


def simulate(
    workload: Workload, pools: Sequence[Pool], timings: Timings, rules: Rules | None = None
) -> Figures:
    """Run a workload on a fleet."""
    return Simulation(workload, pools, timings, rules or Rules()).run()
