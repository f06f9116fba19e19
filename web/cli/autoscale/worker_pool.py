"""The workers that an autoscaler has started, one process each.

Each gets a name (`CALLSHEET_NODE`) that identifies its heartbeats, wherever the command runs it.
A worker to remove is drained first, idle ones before others, and ended once it is idle.
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

from web.cli.local.client import Client, RequestRefused

PLACEHOLDER: Final = "{count}"
COMMAND_SECONDS: Final = 120


class CommandFailed(Exception):
    """The command failed; the message contains its output."""


def run_command(command: str, count: int) -> None:
    """Run the command with the number of workers; the platform drains those it removes."""
    words = [word.replace(PLACEHOLDER, str(count)) for word in shlex.split(command)]
    try:
        ran = subprocess.run(  # noqa: S603  the operator's own command
            words, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(str(error)) from None
    if ran.returncode:
        raise CommandFailed(f"{words[0]} ended with {ran.returncode}: {ran.stderr.strip()[-300:]}")


QUICK_SECONDS: Final = 10.0
"""A process that ends sooner after its start has failed."""
LONGEST_PAUSE: Final = 60.0
END_SECONDS: Final = 30.0

Report = Callable[[str], None]
Node = Mapping[str, Any]


@dataclass(slots=True)
class PoolWorker:
    """A worker process of the pool."""

    name: str
    process: subprocess.Popen[bytes]
    started: float
    leaving: bool = False
    end_requested: bool = False

    def node(self, nodes: Sequence[Node]) -> Node | None:
        """Find the latest heartbeat; None before the first, or if it uses another name."""
        return next((node for node in nodes if node["name"].endswith(f".{self.name}")), None)


class WorkerPool:
    """The live workers, and those being drained."""

    def __init__(self, command: str, client: Client, report: Report) -> None:
        self._command = shlex.split(command)
        self._client = client
        self._report = report
        self._workers: list[PoolWorker] = []
        self._names: set[str] = set()
        self._pause = 0.0
        self._paused_until = 0.0

    def count(self, environment: str, nodes: Sequence[Node]) -> int:
        """Count the workers that accept tasks: this pool's, and others that are live."""
        mine = sum(not worker.leaving for worker in self._workers)
        others = [
            node
            for node in nodes
            if node["environment"] == environment
            and not node["draining"]
            and node["name"].rpartition(".")[2] not in self._names
        ]
        return mine + len(others)

    def refresh(self, nodes: Sequence[Node]) -> None:
        """Reap ended workers, drain those that leave, and end them once they are idle."""
        for worker in list(self._workers):
            code = worker.process.poll()
            if code is not None:
                self._ended(worker, code)
            elif worker.leaving and not worker.end_requested:
                self._drain_or_end(worker, worker.node(nodes))

    def grow(self, number: int) -> int:
        """Start workers and return how many; raise `CommandFailed` if none could be started."""
        if time.monotonic() < self._paused_until:
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
            self._workers.append(PoolWorker(name, process, time.monotonic()))
        return number

    def shrink(self, number: int, nodes: Sequence[Node]) -> list[str]:
        """Drain workers, idle and young ones first, and return their names."""
        staying = [worker for worker in self._workers if not worker.leaving]
        busy = {worker.name: bool((worker.node(nodes) or {}).get("doing")) for worker in staying}
        ranked = sorted(staying, key=lambda worker: (busy[worker.name], -worker.started))
        for worker in ranked[:number]:
            worker.leaving = True
            self._drain(worker.node(nodes))
        return [worker.name for worker in ranked[:number]]

    def _drain_or_end(self, worker: PoolWorker, node: Node | None) -> None:
        if _is_idle(node):
            worker.end_requested = True
            _signal(worker, signal.SIGTERM)
        else:
            self._drain(node)

    def _drain(self, node: Node | None) -> None:
        """Ask a worker to take no new work; the next turn repeats it, if need be."""
        if node is not None and not node["draining"]:
            with suppress(RequestRefused, httpx.TransportError):
                self._client.drain(node["name"])

    def end(self) -> None:
        """End all workers; each finishes or requeues its step, and is killed if it does not end."""
        for worker in self._workers:
            _signal(worker, signal.SIGTERM)
        until = time.monotonic() + END_SECONDS
        for worker in self._workers:
            try:
                worker.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(worker, signal.SIGKILL)
                worker.process.wait()

    def _ended(self, worker: PoolWorker, code: int) -> None:
        self._workers.remove(worker)
        if worker.leaving:
            self._report(f"{worker.name} has ended")
            return
        quick = time.monotonic() - worker.started < QUICK_SECONDS
        self._pause = min(2 * self._pause or 1.0, LONGEST_PAUSE) if quick else 0.0
        self._paused_until = time.monotonic() + self._pause
        later = f"; the next is started in {self._pause:g} s" if quick else ""
        self._report(f"{worker.name} ended by itself with {code}{later}")


def _is_idle(node: Node | None) -> bool:
    """Return whether a worker is idle; without a heartbeat, it is assumed to shut down cleanly."""
    return node is None or (node["draining"] and not node["doing"])


def _signal(worker: PoolWorker, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(worker.process.pid, number)
