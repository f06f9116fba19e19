"""What a simulation found: durations, use of nodes, costs and the bottleneck."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from web.jobs.queue import JOBS_A_WORKER
from web.simulator.fleet import Pool

_FULL: Final = 0.85
"""A share of busy time above which work waits for long."""


@dataclass(slots=True)
class PoolFigures:
    """The use of one pool."""

    pool: Pool
    node_seconds: float = 0.0
    """How long nodes were paid for, their start included."""
    busy: float = 0.0
    cold_starts: int = 0
    preempted: int = 0
    """Steps that were lost with their node."""

    @property
    def busy_share(self) -> float:
        return self.busy / self.node_seconds if self.node_seconds else 0.0

    @property
    def cost(self) -> float:
        return self.node_seconds / 3600 * self.pool.price


@dataclass(slots=True)
class QueueFigures:
    """The waiting in one queue."""

    name: str
    steps: int = 0
    waited: float = 0.0

    @property
    def mean_wait(self) -> float:
        return self.waited / self.steps if self.steps else 0.0


@dataclass(slots=True)
class Figures:
    """The results of a simulation."""

    latencies: array[float]
    """Seconds of each job from its request to its end."""
    starts: array[float]
    """Seconds of each job from its request to its dispatch."""
    pools: Sequence[PoolFigures]
    queues: dict[str, QueueFigures]
    makespan: float = 0.0
    """Seconds until the last job ended."""
    controller_busy: float = 0.0

    @property
    def jobs_per_hour(self) -> float:
        return 3600 * len(self.latencies) / self.makespan if self.makespan else 0.0

    @property
    def cost(self) -> float:
        return sum(pool.cost for pool in self.pools)

    def percentile(self, share: float) -> float:
        """Return the duration that this share of jobs does not exceed."""
        return _percentile(self.latencies, share)

    @property
    def bottleneck(self) -> str:
        """Name what jobs wait for."""
        return _bottleneck(self)

    def summary(self, jobs_in_flight: int = 0) -> dict[str, Any]:
        """Return all figures as JSON."""
        ranked = array("d", sorted(self.latencies))
        workers = sum(one.pool.most or one.pool.nodes for one in self.pools)
        return {
            "jobs": len(self.latencies),
            "seconds": round(self.makespan, 3),
            "jobs_per_hour": round(self.jobs_per_hour, 3),
            "job_seconds": {
                f"p{round(100 * share)}": round(_of_sorted(ranked, share), 3)
                for share in (0.5, 0.95, 0.99)
            },
            "start_seconds": {
                "mean": round(_mean(self.starts), 3),
                "p95": round(_percentile(self.starts, 0.95), 3),
            },
            "cost": round(self.cost, 4),
            "cost_per_job": round(self.cost / max(len(self.latencies), 1), 6),
            "jobs_in_flight": jobs_in_flight or JOBS_A_WORKER * workers,
            "controller_busy": round(self.controller_busy / (self.makespan or 1), 4),
            "bottleneck": self.bottleneck,
            "pools": [_pool(one, self.makespan) for one in self.pools],
            "queues": [
                {"queue": q.name, "steps": q.steps, "mean_wait_seconds": round(q.mean_wait, 3)}
                for q in self.queues.values()
            ],
        }


def _pool(one: PoolFigures, seconds: float) -> dict[str, Any]:
    return {
        "environment": one.pool.environment,
        "device": one.pool.device,
        "nodes": round(one.node_seconds / (seconds or 1), 2),
        "busy": round(one.busy_share, 4),
        "cold_starts": one.cold_starts,
        "preempted_steps": one.preempted,
        "node_hours": round(one.node_seconds / 3600, 3),
        "cost": round(one.cost, 4),
    }


def _bottleneck(figures: Figures) -> str:
    """Name the part that is full; if none is, the jobs wait for nothing but their steps."""
    if figures.controller_busy > _FULL * figures.makespan:
        return "control"
    busiest = max(figures.pools, key=lambda one: one.busy_share)
    if busiest.busy_share > _FULL:
        return busiest.pool.name
    waited = max(figures.queues.values(), key=lambda one: one.waited)
    started = sum(figures.starts)
    typical = figures.percentile(0.5) * len(figures.latencies)
    if started > 0.1 * typical and started > waited.waited:
        return "JOBS_IN_FLIGHT"
    return waited.name if waited.waited > 0.1 * typical else "none"


def _mean(values: array[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _percentile(values: array[float], share: float) -> float:
    return _of_sorted(array("d", sorted(values)), share)


def _of_sorted(ranked: array[float], share: float) -> float:
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0
