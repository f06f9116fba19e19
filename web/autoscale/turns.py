"""One look after the other: the load, the workers, and what follows from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from web.autoscale.crew import Crew
from web.autoscale.judgement import Judgement, because
from web.autoscale.order import place_order
from web.system.client import Client

Say = Callable[[str], None]


class Turns(Protocol):
    """A way to have as many workers as wanted."""

    def turn(self) -> None: ...

    def close(self) -> None: ...


class CrewTurns:
    """A process for each worker, started and ended by us."""

    def __init__(
        self, client: Client, environment: str, judge: Judgement, command: str, say: Say
    ) -> None:
        self._client = client
        self._environment = environment
        self._judge = judge
        self._say = say
        self._crew = Crew(command, client, say)

    def turn(self) -> None:
        load = self._client.load(self._environment)
        nodes = self._client.workers()
        self._crew.look(nodes)
        have = self._crew.count(self._environment, nodes)
        target = self._judge.decide(load["wanted"], have, time.monotonic())
        why = because(load)
        if target > have and (started := self._crew.grow(target - have)):
            self._say(f"workers {have} -> {have + started}: {why}")
        elif target < have and (going := self._crew.shrink(have - target, nodes)):
            self._say(
                f"workers {have} -> {have - len(going)}: {why}; {' and '.join(going)} to drain"
            )

    def close(self) -> None:
        self._crew.end()


class OrderTurns:
    """A command that is told the number, whenever it changes."""

    def __init__(
        self, client: Client, environment: str, judge: Judgement, command: str, say: Say
    ) -> None:
        self._client = client
        self._environment = environment
        self._judge = judge
        self._command = command
        self._say = say
        self._ordered: int | None = None

    def turn(self) -> None:
        load = self._client.load(self._environment)
        have = load["workers"] if self._ordered is None else self._ordered
        target = self._judge.decide(load["wanted"], have, time.monotonic())
        if target != self._ordered:
            place_order(self._command, target)
            self._say(f"workers {have} -> {target}: {because(load)}")
            self._ordered = target

    def close(self) -> None:
        """What was ordered stays."""
