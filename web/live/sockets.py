"""Socket.IO for a crowd: Flask-SocketIO on gevent.

Clients send what they send to a web process, and a ticket or the link of `POST /api/tickets`:
`{session_id, last_event_id, ticket | link}`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import gevent
import socketio
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO

from config.settings import Settings
from tasks.domain.errors import CallsheetError, RequestError, ValidationFailed
from web.errors import LinkInvalid, SessionRequired, TicketInvalid
from web.events.hub import Message, Subscription
from web.live import openings
from web.live.metrics import OPENED, REFUSED
from web.live.openings import Opening
from web.live.replays import BEGINNING
from web.live.streams import Streams, check_origin, sender, snapshot
from web.realtime import packets
from web.realtime.acknowledgements import answering, error_payload
from web.realtime.engine import Engine, cut_off
from web.realtime.event_ids import event_id
from web.sessions.names import name_of, told
from web.sessions.signatures import named

log = logging.getLogger(__name__)

NAMESPACES: Final = ("/", "/socket.io")
ACKNOWLEDGE_SECONDS: Final = 10.0
SESSIONS_PER_CLIENT: Final = 5
MOST_PENDING: Final = 1000
"""Packets that wait for one client; more ends its connection, and it may resume."""
_End = Callable[[], None]


def create_app(streams: Streams) -> Flask:
    """Create the application that serves Socket.IO, and nothing else."""
    app = Flask("web.live")
    settings = streams.settings
    sockets = SocketIO(
        app,
        async_mode="gevent",
        async_handlers=True,
        json=packets.Json,
        max_http_buffer_size=packets.LARGEST_MESSAGE,
        cors_allowed_origins=lambda _origin, environ: _is_welcome(environ, settings),
    )
    packets.guard(app, sockets.server)
    handlers = SocketHandlers(streams, sockets)
    handlers.register()
    engine = Engine(app.wsgi_app, sockets.server.eio, settings, None, handlers.step_of)
    engine.watch(streams.hub.stopped)
    app.wsgi_app = engine  # type: ignore[method-assign, assignment]
    return app


def _is_welcome(environ: dict[str, Any], settings: Settings) -> bool:
    try:
        check_origin(environ, settings)
    except RequestError:
        return False
    return True


class SocketHandlers:
    """The handlers of client events."""

    def __init__(self, streams: Streams, sockets: SocketIO) -> None:
        self._streams = streams
        self._sockets = sockets
        self._server: socketio.Server = sockets.server
        self._clients: dict[str, dict[str, _End]] = {}
        """How to end what each client holds: its slot, and its sessions."""

    def register(self) -> None:
        for namespace in NAMESPACES:
            on = partial(self._sockets.on_event, namespace=namespace)
            on("connect", self._connect)
            on("disconnect", self._disconnect)
            on("subscribe_progress", answering(self._subscribe))
            on("unsubscribe_progress", answering(self._unsubscribe))

    def step_of(self, engine_id: str) -> str:
        """Return the state of an Engine.IO client: `new`, `connected` or `subscribed`."""
        manager: socketio.Manager = self._server.manager
        found = [manager.sid_from_eio_sid(engine_id, namespace) for namespace in NAMESPACES]
        clients = [client for client in found if client is not None]
        if not clients:
            return "new"
        has_subscribed = any(len(self._clients.get(client, ())) > 1 for client in clients)
        return "subscribed" if has_subscribed else "connected"

    def _connect(self, _auth: object = None) -> None:
        settings = self._streams.settings
        try:
            check_origin(request.environ, settings)
            give_back = self._streams.hub.slots.take(sender(request.environ, settings))
        except CallsheetError as error:
            self._streams.metrics.handshake(REFUSED)
            raise Refused(error.user_message, error_payload(error)) from None
        self._clients[_client()] = {"": give_back}
        self._streams.metrics.handshake(OPENED)

    def _disconnect(self, _reason: object = None) -> None:
        for end in self._clients.pop(_client(), {}).values():
            end()

    def _subscribe(self, sent: dict[str, Any]) -> dict[str, Any]:
        client, session_id = _client(), _session_id(sent)
        opening = self._opening(sent)
        if opening.session not in (name_of(session_id), named(session_id)):
            raise TicketInvalid if "ticket" in sent else LinkInvalid
        held = self._clients.get(client)
        if held is None:
            raise RequestError("This connection is closed.")
        if opening.session not in held and len(held) > SESSIONS_PER_CLIENT:
            raise RequestError(f"A client can subscribe to {SESSIONS_PER_CLIENT} sessions.")
        known = event_id(sent.get("last_event_id"))
        position = self._streams.replays.position(opening.session, known)
        if known or position.last_event_id == BEGINNING:  # refuse before the acknowledgement
            self._streams.replays.missed(opening.session, position.last_event_id)
        namespace: str = request.namespace  # type: ignore[attr-defined]  # Flask-SocketIO's
        disconnect = partial(self._server.disconnect, client, namespace=namespace)
        stop_watching = self._streams.watch_sign_in(opening, lambda: gevent.spawn(disconnect))
        sink = self._sink(client, namespace, opening.session, session_id)
        engine_id: str = self._server.manager.eio_sid_from_sid(client, namespace)
        subscription = self._streams.hub.subscribe(
            opening.session,
            sink,
            position.last_event_id,
            cut_off=partial(gevent.spawn, cut_off, self._server.eio, engine_id),
            for_operator=opening.is_operator,
        )

        def end() -> None:
            stop_watching()
            self._streams.hub.unsubscribe(subscription)

        former = held.pop(opening.session, None)
        held[opening.session] = end
        if former is not None:
            former()
        answerer = gevent.getcurrent()
        gevent.spawn(self._open, subscription, answerer)
        shown = snapshot(opening.session, position)
        return {"snapshot": told(shown, opening.session, session_id)}

    def _open(self, subscription: Subscription, answerer: Any) -> None:
        """Deliver events after the acknowledgement, which is sent when its greenlet ends."""
        answerer.join(ACKNOWLEDGE_SECONDS)
        self._streams.hub.open_or_cut_off(subscription)

    def _opening(self, sent: dict[str, Any]) -> Opening:
        ticket, link = sent.get("ticket"), sent.get("link")
        if isinstance(ticket, str):
            return self._streams.doorkeeper.of_ticket(ticket)
        if isinstance(link, str):
            address = urlsplit(link)
            return self._streams.doorkeeper.opening(openings.parse(address.path, address.query))
        raise SessionRequired("Send a ticket or a link of `POST /api/tickets`.")

    def _unsubscribe(self, sent: dict[str, Any]) -> dict[str, Any]:
        session_id = _session_id(sent)
        held = self._clients.get(_client(), {})
        for name in (name_of(session_id), named(session_id)):
            if name in held:
                held.pop(name)()
        return {}

    def _sink(
        self, client: str, namespace: str, session: str, session_id: str
    ) -> Callable[[Message], None]:
        counts = self._streams.metrics.counts
        shown = session_id if name_of(session_id) == session else session

        def send(message: Message) -> None:
            engine_id = self._server.manager.eio_sid_from_sid(client, namespace)
            socket = self._server.eio.sockets.get(engine_id)
            if socket is None:
                return
            if socket.queue.qsize() > MOST_PENDING:
                counts.too_slow += 1
                log.info("Socket.IO client disconnected: too slow")
                gevent.spawn(cut_off, self._server.eio, engine_id)
                return
            counts.sent += 1
            payload = told(message.payload, session, shown)
            name = message.event.event_type.value
            self._server.emit(name, payload, to=client, namespace=namespace)

        return send


def _client() -> str:
    client: str = request.sid  # type: ignore[attr-defined]  # Flask-SocketIO puts it there
    return client


def _session_id(sent: dict[str, Any]) -> str:
    session_id = sent.get("session_id")
    if not isinstance(session_id, str) or not session_id:
        raise ValidationFailed(errors=[{"field": "session_id", "message": "Missing."}])
    return session_id
