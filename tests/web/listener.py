"""A real Socket.IO client that notes what it hears."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import socketio

from tasks.domain.events import Event, EventType, id_order
from web.db.engine import writing
from web.events.models import LedgerEvent
from web.realtime.client import OrderedClient
from web.sessions.names import name_of, told


class Listener:
    """What one client hears, in order."""

    def __init__(
        self, address: str, headers: dict[str, str] | None = None, namespace: str = "/"
    ) -> None:
        self.heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.socket = OrderedClient(reconnection=False)
        for kind in EventType:
            self.socket.on(kind.value, self._hears(kind.value), namespace=namespace)
        self._namespace = namespace
        self.socket.connect(
            address, headers=headers or {}, transports=["websocket"], namespaces=[namespace]
        )

    def _hears(self, name: str) -> Any:
        def hear(event: dict[str, Any]) -> None:
            assert event["event_type"] == name
            self.heard.put(event)

        return hear

    def subscribe(self, session_id: object, **more: object) -> dict[str, Any]:
        wish = {"session_id": session_id, **more}
        answer: dict[str, Any] = self.socket.call(
            "subscribe_progress", wish, namespace=self._namespace, timeout=10
        )
        return answer

    def next(self, seconds: float = 10) -> dict[str, Any]:
        return self.heard.get(timeout=seconds)

    def until(self, message: str) -> list[str]:
        """The messages heard up to this one."""
        messages: list[str] = []
        while not messages or messages[-1] != message:
            messages.append(self.next()["message"])
        return messages


@contextmanager
def listening(
    address: str, headers: dict[str, str] | None = None, namespace: str = "/"
) -> Iterator[Listener]:
    listener = Listener(address, headers, namespace)
    try:
        yield listener
    finally:
        listener.socket.disconnect()


@contextmanager
def reconnecting(
    address: str, **options: Any
) -> Iterator[tuple[socketio.Client, queue.SimpleQueue[bool]]]:
    """Open a client that connects again by itself, and a queue that has each time it did."""
    client = socketio.Client(reconnection_delay=0.05, randomization_factor=0)
    connected: queue.SimpleQueue[bool] = queue.SimpleQueue()
    client.on("connect", lambda: connected.put(True))
    client.on("disconnect", lambda _reason: client.eio.ws.shutdown())  # or it stays open
    client.connect(address, transports=["websocket"], **options)
    try:
        yield client, connected
    finally:
        client.disconnect()


def said(session_id: str, message: str, job_id: str | None = None) -> Event:
    return Event(EventType.PROGRESS_UPDATE, name_of(session_id), job_id, "voice", 0, message)


def as_told(event: Event, session_id: str) -> dict[str, Any]:
    """Return an event as clients with the id of the session receive it."""
    payload: dict[str, Any] = told(event.to_dict(), event.session_id, session_id)
    return payload


def keep(event: Event) -> None:
    """What control does with an event."""
    milliseconds, sequence = id_order(event.event_id)
    with writing() as db:
        db.add(
            LedgerEvent(
                milliseconds=milliseconds,
                sequence=sequence,
                session_id=event.session_id,
                job_id=event.job_id,
                event_type=event.event_type.value,
                payload=event.to_dict(),
            )
        )
