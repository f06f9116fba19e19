"""The workers that an autoscaler has started: a process each, whatever it runs.

Each is told a name (`CALLSHEET_NODE`) by which its heartbeats are known, wherever the command
runs it. Who has to go is drained first, idle ones before others, and ended when it stands still.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import httpx

from web.cli.autoscale.external_command import CommandFailed
from web.cli.local.client import Client, RequestRefused

QUICK_SECONDS: Final = 10.0
"""What ends sooner after its start has not worked at all."""
LONGEST_REST: Final = 60.0
END_SECONDS: Final = 30.0

Say = Callable[[str], None]
Node = Mapping[str, Any]


@dataclass(slots=True)
class PoolWorker:
    """One of them."""

    name: str
    process: subprocess.Popen[bytes]
    started: float
    leaving: bool = False
    drain_requested: bool = False

    def node(self, nodes: Sequence[Node]) -> Node | None:
        """As its heartbeat describes it; None before the first, and where it has another name."""
        return next((node for node in nodes if node["name"].endswith(f".{self.name}")), None)


class WorkerPool:
    """Those that live, and those that are on their way out."""

    def __init__(self, command: str, client: Client, say: Say) -> None:
        self._command = shlex.split(command)
        self._client = client
        self._say = say
        self._hands: list[PoolWorker] = []
        self._names: set[str] = set()
        self._rest = 0.0
        self._rests_until = 0.0

    def count(self, environment: str, nodes: Sequence[Node]) -> int:
        """All that take work: ours from their start on, and others that beat."""
        mine = sum(not hand.leaving for hand in self._hands)
        others = [
            node
            for node in nodes
            if node["environment"] == environment
            and not node["draining"]
            and node["name"].rpartition(".")[2] not in self._names
        ]
        return mine + len(others)

    def refresh(self, nodes: Sequence[Node]) -> None:
        """Notice who has ended, and end those that stand still."""
        for hand in list(self._hands):
            code = hand.process.poll()
            if code is not None:
                self._ended(hand, code)
            elif hand.leaving and not hand.drain_requested and _is_idle(hand.node(nodes)):
                hand.drain_requested = True
                _signal(hand, signal.SIGTERM)

    def grow(self, number: int) -> int:
        """Start so many; how many that really were. Raises `CommandFailed` where none can be."""
        if time.monotonic() < self._rests_until:
            return 0
        for _ in range(number):
            name = f"{os.getpid()}-{len(self._names)}"
            self._names.add(name)
            environ = {**os.environ, "CALLSHEET_NODE": name}
            try:
                process = subprocess.Popen(  # noqa: S603  the operator's own command
                    self._command, env=environ, stdin=subprocess.DEVNULL, start_new_session=True
                )
            except OSError as error:
                raise CommandFailed(str(error)) from None
            self._hands.append(PoolWorker(name, process, time.monotonic()))
        return number

    def shrink(self, number: int, nodes: Sequence[Node]) -> list[str]:
        """Drain so many: the idle first, of those the youngest. Their names."""
        staying = [hand for hand in self._hands if not hand.leaving]
        busy = {hand.name: bool((hand.node(nodes) or {}).get("doing")) for hand in staying}
        ranked = sorted(staying, key=lambda hand: (busy[hand.name], -hand.started))
        for hand in ranked[:number]:
            hand.leaving = True
            node = hand.node(nodes)
            if node is not None:
                with suppress(RequestRefused, httpx.TransportError):  # SIGTERM hands its stage back
                    self._client.drain(node["name"])
        return [hand.name for hand in ranked[:number]]

    def end(self) -> None:
        """All of them: each finishes or hands back; what does not end is killed."""
        for hand in self._hands:
            _signal(hand, signal.SIGTERM)
        until = time.monotonic() + END_SECONDS
        for hand in self._hands:
            try:
                hand.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(hand, signal.SIGKILL)
                hand.process.wait()

    def _ended(self, hand: PoolWorker, code: int) -> None:
        self._hands.remove(hand)
        if hand.leaving:
            self._say(f"{hand.name} has gone")
            return
        quick = time.monotonic() - hand.started < QUICK_SECONDS
        self._rest = min(2 * self._rest or 1.0, LONGEST_REST) if quick else 0.0
        self._rests_until = time.monotonic() + self._rest
        later = f"; the next is started in {self._rest:g} s" if quick else ""
        self._say(f"{hand.name} ended by itself with {code}{later}")


def _is_idle(node: Node | None) -> bool:
    """Nothing is cut off by ending it now; one that we cannot see is trusted to see to that."""
    return node is None or (node["draining"] and not node["doing"])


def _signal(hand: PoolWorker, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(hand.process.pid, number)
