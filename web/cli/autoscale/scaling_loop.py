"""One look after the other: the load, the workers, and what follows from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from web.cli.autoscale.external_command import place_order
from web.cli.autoscale.scaling_policy import Judgement, because
from web.cli.autoscale.worker_pool import Crew
from web.cli.local.client import Client

Say = Callable[[str], None]


class Turns(Protocol):
    """A way to have as many workers as wanted."""

    def turn(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class CrewTurns:
    """A process for each worker, started and ended by us."""

    client: Client
    environment: str
    judge: Judgement
    crew: Crew
    say: Say

    def turn(self) -> None:
        load = self.client.load(self.environment)
        nodes = self.client.workers()
        self.crew.look(nodes)
        have = self.crew.count(self.environment, nodes)
        target = self.judge.decide(load["wanted"], have, time.monotonic())
        why = because(load)
        if target > have and (started := self.crew.grow(target - have)):
            self.say(f"workers {have} -> {have + started}: {why}")
        elif target < have and (going := self.crew.shrink(have - target, nodes)):
            self.say(
                f"workers {have} -> {have - len(going)}: {why}; {' and '.join(going)} to drain"
            )

    def close(self) -> None:
        self.crew.end()


@dataclass(slots=True)
class OrderTurns:
    """A command that is told the number, whenever it changes."""

    client: Client
    environment: str
    judge: Judgement
    command: str
    say: Say
    _ordered: int | None = None

    def turn(self) -> None:
        load = self.client.load(self.environment)
        have = load["workers"] if self._ordered is None else self._ordered
        target = self.judge.decide(load["wanted"], have, time.monotonic())
        if target != self._ordered:
            place_order(self.command, target)
            self.say(f"workers {have} -> {target}: {because(load)}")
            self._ordered = target

    def close(self) -> None:
        """What was ordered stays."""
