"""Who uses a system under faults: clients that listen over every reconnection, and their jobs."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import socketio

from tasks.domain.events import Event, EventType, id_order
from tests.bench.system import Caller


@dataclass(frozen=True)
class Heard:
    """An event, and over which of the client's connections it came."""

    event: Event
    connection: int


class Client:
    """A person with a session: starts jobs in it and hears all that is said of them."""

    def __init__(self, address: str, credentials: Mapping[str, str]) -> None:
        self.caller = Caller(address, credentials)
        self.session_id = self.caller.session_id
        self.accepted: list[str] = []
        """Jobs that were answered 202."""
        self.raw: list[Heard] = []
        self.ended: set[str] = set()
        self._connection = 0
        self._last = "0-0"
        self._sockets = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=1)
        _handle_in_order(self._sockets)
        self._sockets.on("connect", self._subscribe)
        self.cuts: list[str] = []
        """Why each of its connections ended."""
        self._sockets.on("disconnect", self.cuts.append)
        for kind in EventType:
            self._sockets.on(kind.value, self._hear)
        self._sockets.connect(
            address, headers=dict(credentials), transports=["websocket"], wait_timeout=10
        )

    def start(self) -> bool:
        """Whether it was taken in: while something is away, that may be refused."""
        try:
            self.accepted.append(self.caller.start(scenes=1))
        except (httpx.TransportError, AssertionError):
            return False
        return True

    def _subscribe(self) -> None:
        self._connection += 1
        self._ask()

    def _ask(self) -> None:
        wish = {"session_id": self.session_id, "last_event_id": self._last}
        self._sockets.emit("subscribe_progress", wish, callback=self._answered)

    def _answered(self, answer: dict[str, Any]) -> None:
        if not answer["ok"]:  # a part is away: once more in a moment
            self._sockets.sleep(0.5)
            self._ask()

    def _hear(self, told: dict[str, Any]) -> None:
        event = Event.from_dict(told)
        self.raw.append(Heard(event, self._connection))
        self._last = max(self._last, event.event_id, key=id_order)
        if event.event_type.terminal and event.job_id:
            self.ended.add(event.job_id)

    def once(self) -> list[Heard]:
        """Without repeats of the same id."""
        first: dict[str, Heard] = {}
        for heard in list(self.raw):
            first.setdefault(heard.event.event_id, heard)
        return list(first.values())

    @property
    def missing(self) -> set[str]:
        """Jobs that it started and of whose end it has not heard."""
        return set(self.accepted) - self.ended

    def __str__(self) -> str:
        return (
            f"{len(self.missing)} ends not heard: {sorted(self.missing)[:5]}; connected: "
            f"{self._sockets.connected}, connections: {self._connection}, last: {self._last}, "
            f"cuts: {self.cuts[-5:]}"
        )

    def close(self) -> None:
        self._sockets.shutdown()  # ends its attempts to connect again too
        self._sockets.disconnect()  # the last of them may have succeeded


def _handle_in_order(sockets: socketio.Client) -> None:
    """Handle messages one by one; each would get a thread, and on a busy machine one overtakes."""
    trigger = sockets.eio._trigger_event

    def trigger_here(name: str, *args: Any, run_async: bool = False, **options: Any) -> Any:
        return trigger(name, *args, run_async=False, **options)

    sockets.eio._trigger_event = trigger_here


@dataclass
class Feeder:
    """Lets clients start jobs in turns, never too many at once, until it is told to end."""

    clients: Sequence[Client]
    at_once: int
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def accepted(self) -> list[str]:
        return [job_id for client in self.clients for job_id in list(client.accepted)]

    def run(self) -> None:
        turns = itertools.cycle(self.clients)
        while not self.over.is_set():
            ended = sum(len(client.ended) for client in self.clients)
            if len(self.accepted) - ended >= self.at_once or not next(turns).start():
                time.sleep(0.05)
