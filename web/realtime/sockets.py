"""Live progress over Socket.IO."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import socketio
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO

from config.settings import Settings
from tasks.domain.errors import RequestError, ValidationFailed
from tasks.domain.events import OPERATORS
from web.access import presented, viewers
from web.access.viewers import Viewer
from web.db.engine import reading
from web.errors import OperatorsOnly, OriginRefused, TooManyClients
from web.events.backlog import newest
from web.events.hub import CutOff, Hub, Message, Sink, Subscription
from web.http.authentication import is_access_token, of_token
from web.http.operators import is_operator
from web.http.origins import is_refused
from web.http.rates import Rates
from web.http.senders import sender_address
from web.realtime import packets
from web.realtime.acknowledgements import answering, error_payload
from web.realtime.engine import Engine, cut_off
from web.realtime.event_ids import event_id
from web.realtime.snapshot import snapshot
from web.sessions import names

log = logging.getLogger(__name__)

NAMESPACES = ("/", "/socket.io")
"""The default one, and what `io("ws://host/socket.io")` asks for: its path becomes a namespace."""
SESSIONS_PER_CLIENT = 50
ACKNOWLEDGE_SECONDS = 10.0


class Clients:
    """The connected clients and the sessions they are subscribed to."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._subscriptions: dict[str, dict[str, Subscription]] = {}
        self._slots: dict[str, Callable[[], None]] = {}
        self._subscribed: set[str] = set()
        self._watches: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def join(self, client: str, address: str) -> None:
        give_back = self._hub.slots.take(address)
        with self._lock:
            self._subscriptions[client], self._slots[client] = {}, give_back

    def leave(self, client: str) -> None:
        with self._lock:
            subscriptions = self._subscriptions.pop(client, None)
            give_back = self._slots.pop(client, None)
            self._subscribed.discard(client)
            stop_watching = self._watches.pop(client, None)
        if stop_watching is not None:
            stop_watching()
        if give_back is not None:
            give_back()
        if subscriptions is not None:
            for subscription in subscriptions.values():
                self._hub.unsubscribe(subscription)

    def watch(self, client: str, viewer: Viewer, end: Callable[[], None]) -> None:
        """End a client with the sign-in that it depends on; it has one cookie, so one sign-in."""
        with self._lock:
            if client in self._subscriptions and client not in self._watches:
                self._watches[client] = viewer.until_over(end)

    def subscribe(
        self,
        client: str,
        session_id: str,
        sink: Sink,
        after: str,
        *,
        cut_off: CutOff,
        for_operator: bool,
    ) -> Subscription:
        """Subscribe a client to a session; replaces an earlier subscription."""
        with self._lock:
            subscriptions = self._subscriptions.get(client)
            if subscriptions is None:
                raise RequestError("This connection is closed.")
            if session_id not in subscriptions and len(subscriptions) >= SESSIONS_PER_CLIENT:
                raise RequestError(f"A client can subscribe to {SESSIONS_PER_CLIENT} sessions.")
            former = subscriptions.get(session_id)
            subscription = subscriptions[session_id] = self._hub.subscribe(
                session_id, sink, after, cut_off=cut_off, for_operator=for_operator
            )
            self._subscribed.add(client)
        if former is not None:
            self._hub.unsubscribe(former)
        return subscription

    def has_subscribed(self, client: str) -> bool:
        """Return whether a client has ever subscribed to a session."""
        with self._lock:
            return client in self._subscribed

    def unsubscribe(self, client: str, session_id: str) -> None:
        with self._lock:
            former = self._subscriptions.get(client, {}).pop(session_id, None)
        if former is not None:
            self._hub.unsubscribe(former)


def attach(app: Flask, hub: Hub, settings: Settings) -> SocketIO:
    """Serve Socket.IO on this application."""
    sockets = SocketIO(
        app,
        async_mode="threading",
        async_handlers=True,
        json=packets.Json,
        max_http_buffer_size=packets.LARGEST_MESSAGE,
        cors_allowed_origins=lambda _origin, environ: not is_refused(environ, settings),
    )
    packets.guard(app, sockets.server)
    handlers = SocketHandlers(app, hub, sockets, settings)
    handlers.register()
    server: socketio.Server = sockets.server
    rates: Rates | None = app.extensions.get("rates")
    engine = Engine(app.wsgi_app, server.eio, settings, rates, handlers.step_of)
    engine.watch(hub.stopped)
    app.extensions["engine"] = engine
    app.wsgi_app = engine  # type: ignore[method-assign, assignment]
    return sockets


class SocketHandlers:
    """The handlers of client events."""

    def __init__(self, app: Flask, hub: Hub, sockets: SocketIO, settings: Settings) -> None:
        self._settings = settings
        self._app = app
        self._hub = hub
        self._sockets = sockets
        self._clients = Clients(hub)
        self._tokens: dict[str, object] = {}
        """The token that each client sent when it connected (`auth: {token}`)."""

    def register(self) -> None:
        for namespace in NAMESPACES:
            on = partial(self._sockets.on_event, namespace=namespace)
            on("connect", self._connect)
            on("disconnect", self._disconnect)
            on("subscribe_progress", answering(self._subscribe))
            on("unsubscribe_progress", answering(self._unsubscribe))
            on("subscribe_operators", answering(self._subscribe_operators))

    def step_of(self, engine_id: str) -> str:
        """Return the state of an Engine.IO client: `new`, `connected` or `subscribed`."""
        manager: socketio.Manager = self._sockets.server.manager
        found = [manager.sid_from_eio_sid(engine_id, namespace) for namespace in NAMESPACES]
        clients = [client for client in found if client is not None]
        if not clients:
            return "new"
        has_subscribed = any(self._clients.has_subscribed(client) for client in clients)
        return "subscribed" if has_subscribed else "connected"

    def _connect(self, auth: object = None) -> None:
        # Some requests of foreign pages carry no origin and pass the earlier check.
        if is_refused(request.environ, self._settings):
            raise Refused(OriginRefused().user_message, error_payload(OriginRefused()))
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            if isinstance(token, str) and is_access_token(token):
                of_token(token)
            self._clients.join(_client(), sender_address())
        except (TooManyClients, RequestError) as error:
            raise Refused(error.user_message, error_payload(error)) from None
        self._tokens[_client()] = token

    def _disconnect(self, _reason: object = None) -> None:
        self._tokens.pop(_client(), None)
        self._clients.leave(_client())

    def _subscribe(self, sent: dict[str, Any]) -> dict[str, Any]:
        session_id = _session_id(sent)
        token = self._token(sent)
        session = presented.session(session_id, token)
        known = event_id(sent.get("last_event_id"))
        picture = snapshot(session)
        viewer = viewers.of_session(session, token)
        self._listen(session, known or picture["last_event_id"], session_id, viewer)
        return {"snapshot": names.told(picture, session, session_id)}

    def _subscribe_operators(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Subscribe to the operators' events, with the operator token."""
        token = self._token(sent)
        if not is_operator(token):
            raise OperatorsOnly
        known = event_id(sent.get("last_event_id"))
        with reading() as db:
            last = newest(db, OPERATORS)
        viewer = viewers.of_session(OPERATORS, token)
        self._listen(OPERATORS, known or last, OPERATORS, viewer)
        return {"last_event_id": last}

    def _token(self, sent: dict[str, Any]) -> object:
        """Return the token of a message, or else the one of the handshake."""
        token = sent.get("token")
        return self._tokens.get(_client()) if token is None else token

    def _listen(self, session: str, after: str, session_id: str, viewer: Viewer) -> None:
        """Subscribe to a session's events; they carry the id that the client sent."""
        client = _client()
        sink = self._sink(client, session, session_id)
        engine_id: str = self._sockets.server.manager.eio_sid_from_sid(client, _namespace())
        end = partial(cut_off, self._sockets.server.eio, engine_id)
        subscription = self._clients.subscribe(
            client, session, sink, after, cut_off=end, for_operator=viewer.is_operator
        )
        if viewer.is_over is not None:
            self._clients.watch(client, viewer, partial(self._end, client, _namespace()))
        answering = threading.current_thread()
        self._sockets.start_background_task(self._open, subscription, answering)

    def _open(self, subscription: Subscription, answering: threading.Thread) -> None:
        # The acknowledgement is sent when the answering thread ends; events follow it.
        answering.join(ACKNOWLEDGE_SECONDS)
        self._hub.open_or_cut_off(subscription)

    def _end(self, client: str, namespace: str) -> None:
        """Disconnect a client; it may connect again without being signed in."""
        log.info("Socket.IO client disconnected: the operator's sign-in is over")
        server: socketio.Server = self._sockets.server
        with self._app.app_context():
            server.disconnect(client, namespace=namespace)

    def _unsubscribe(self, sent: dict[str, Any]) -> dict[str, Any]:
        session_id = _session_id(sent)
        with reading() as db:
            self._clients.unsubscribe(_client(), presented.name(db, session_id))
        return {}

    def _sink(self, client: str, session: str, session_id: str) -> Sink:
        server: socketio.Server = self._sockets.server
        namespace = _namespace()

        def send(message: Message) -> None:
            payload = names.told(message.payload, session, session_id)
            name = message.event.event_type.value
            server.emit(name, payload, to=client, namespace=namespace)

        return send


def _client() -> str:
    client: str = request.sid  # type: ignore[attr-defined]  # Flask-SocketIO puts it there
    return client


def _namespace() -> str:
    namespace: str = request.namespace  # type: ignore[attr-defined]  # as is `sid`
    return namespace


def _session_id(sent: dict[str, Any]) -> str:
    session_id = sent.get("session_id")
    if not isinstance(session_id, str) or not session_id:
        raise ValidationFailed(errors=[{"field": "session_id", "message": "Missing."}])
    return session_id
