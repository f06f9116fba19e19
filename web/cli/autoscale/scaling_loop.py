"""One look after the other: the load, the workers, and what follows from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from web.cli.autoscale.external_command import run_command
from web.cli.autoscale.scaling_policy import ScalingPolicy, explanation
from web.cli.autoscale.worker_pool import WorkerPool
from web.cli.local.client import Client

Report = Callable[[str], None]


class ScalingLoop(Protocol):
    """A way to have as many workers as wanted."""

    def step(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class PoolScaling:
    """A process for each worker, started and ended by us."""

    client: Client
    environment: str
    policy: ScalingPolicy
    pool: WorkerPool
    say: Report

    def step(self) -> None:
        load = self.client.load(self.environment)
        nodes = self.client.workers()
        self.pool.refresh(nodes)
        have = self.pool.count(self.environment, nodes)
        target = self.policy.decide(load["wanted"], have, time.monotonic())
        why = explanation(load)
        if target > have and (started := self.pool.grow(target - have)):
            self.say(f"workers {have} -> {have + started}: {why}")
        elif target < have and (going := self.pool.shrink(have - target, nodes)):
            self.say(
                f"workers {have} -> {have - len(going)}: {why}; {' and '.join(going)} to drain"
            )

    def close(self) -> None:
        self.pool.end()


@dataclass(slots=True)
class CommandScaling:
    """A command that is told the number, whenever it changes."""

    client: Client
    environment: str
    policy: ScalingPolicy
    command: str
    say: Report
    _ordered: int | None = None

    def step(self) -> None:
        load = self.client.load(self.environment)
        have = load["workers"] if self._ordered is None else self._ordered
        target = self.policy.decide(load["wanted"], have, time.monotonic())
        if target != self._ordered:
            run_command(self.command, target)
            self.say(f"workers {have} -> {target}: {explanation(load)}")
            self._ordered = target

    def close(self) -> None:
        """What was ordered stays."""
