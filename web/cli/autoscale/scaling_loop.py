"""The scaling loop: read the load, decide, adjust the workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from web.cli.autoscale.worker_pool import WorkerPool, run_command
from web.cli.formatting import counted
from web.cli.local.client import Client
from web.jobs.scaling_policy import ScalingPolicy

Report = Callable[[str], None]


class ScalingLoop(Protocol):
    """Something that can adjust the number of workers."""

    def step(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class PoolScaling:
    """Starts and ends one local process per worker."""

    client: Client
    environment: str
    policy: ScalingPolicy
    pool: WorkerPool
    report: Report

    def step(self) -> None:
        load = self.client.load(self.environment)
        nodes = self.client.workers()
        self.pool.refresh(nodes)
        have = self.pool.count(self.environment, nodes)
        target = self.policy.decide(load["wanted"], have, time.monotonic())
        why = explanation(load)
        if target > have and (started := self.pool.grow(target - have)):
            self.report(f"workers {have} -> {have + started}: {why}")
        elif target < have and (drained := self.pool.shrink(have - target, nodes)):
            self.report(
                f"workers {have} -> {have - len(drained)}: {why}; {' and '.join(drained)} to drain"
            )

    def close(self) -> None:
        self.pool.end()


@dataclass(slots=True)
class CommandScaling:
    """Runs an external command whenever the number changes."""

    client: Client
    environment: str
    policy: ScalingPolicy
    command: str
    report: Report
    _ordered: int | None = None

    def step(self) -> None:
        load = self.client.load(self.environment)
        have = load["workers"] if self._ordered is None else self._ordered
        target = self.policy.decide(load["wanted"], have, time.monotonic())
        if target != self._ordered:
            run_command(self.command, target)
            self.report(f"workers {have} -> {target}: {explanation(load)}")
            self._ordered = target

    def close(self) -> None:
        """Leave the workers as they are."""


def explanation(load: Mapping[str, Any]) -> str:
    """Describe the load."""
    waiting, in_line = counted(load["waiting"], "stage"), counted(load["in_line"], "job")
    return f"{waiting} waiting, {load['running']} running, {in_line} queued"
