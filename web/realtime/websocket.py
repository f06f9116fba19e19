"""A plain WebSocket: a session's events as JSON, for clients without Socket.IO."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from socket import SHUT_RD
from typing import Any

import simple_websocket
from flask import Request, Response
from wsproto.utilities import ProtocolError

from config.settings import Settings
from tasks.domain.errors import RequestError
from web.access.viewers import Viewer
from web.errors import OriginRefused
from web.events.hub import Hub
from web.events.mailbox import Closed, Interrupted, Mailbox, open_mailbox
from web.http.origins import is_refused
from web.http.senders import sender_address

log = logging.getLogger(__name__)

PING_SECONDS = 25
CHECK_SECONDS = 2.0
LARGEST_MESSAGE = 4096
TRY_AGAIN_LATER = 1013
POLICY = 1008
MAX_CLIENT_MESSAGES = 50
"""Clients need not send anything; a client that sends more messages than this is closed."""


def check_origin(request: Request, settings: Settings) -> None:
    """Refuse pages of other sites; browsers apply no CORS to WebSockets."""
    if is_refused(request.environ, settings):
        raise OriginRefused


def serve(
    request: Request,
    hub: Hub,
    snapshot: dict[str, Any],
    after: str,
    translate: Callable[[str], str],
    *,
    viewer: Viewer,
) -> Response:
    """Send events until one side closes; the returned response only ends the request."""
    with ExitStack() as closing:
        box = open_mailbox(
            hub,
            snapshot["session_id"],
            after,
            sender_address(),
            closing,
            for_operator=viewer.is_operator,
        )
        closing.callback(viewer.until_over(box.close))
        socket = _handshake(request)
        closing.callback(_end_reading, socket)
        try:
            socket.send(translate(json.dumps(snapshot, ensure_ascii=False)))
            _exchange(socket, box, translate)
        except (simple_websocket.ConnectionClosed, OSError):
            pass  # the client has left
    return _Ended()


def _handshake(request: Request) -> simple_websocket.Server:
    """Perform the WebSocket handshake; refuse an invalid one with an error response."""
    try:
        return simple_websocket.Server(
            request.environ, ping_interval=PING_SECONDS, max_message_size=LARGEST_MESSAGE
        )
    except (ProtocolError, simple_websocket.ConnectionError):
        raise RequestError("This is not a WebSocket handshake.") from None


def _end_reading(socket: simple_websocket.Server) -> None:
    """End the thread that reads; it would wait for the next ping on a connection that is closed."""
    with suppress(OSError):
        socket.sock.shutdown(SHUT_RD)
    socket.thread.join(CHECK_SECONDS)


def _exchange(
    socket: simple_websocket.Server, box: Mailbox, translate: Callable[[str], str]
) -> None:
    messages_received = 0
    while socket.connected:
        try:
            message = box.get(CHECK_SECONDS)
        except Interrupted as why:
            log.info("WebSocket closed", extra={"reason": str(why)})
            socket.close(TRY_AGAIN_LATER, f"{why}; reconnect with your last event id")
            return
        except Closed:
            socket.close(POLICY, "signed out")
            return
        if message is not None:
            socket.send(translate(message.text))
        while socket.receive(timeout=0) is not None:
            messages_received += 1
        if messages_received > MAX_CLIENT_MESSAGES:
            socket.close(POLICY, "too many client messages")
            return


class _Ended(Response):
    """Ends the request without an HTTP response, by the error that Werkzeug expects for this."""

    def __call__(self, *_: Any) -> Any:
        raise ConnectionError
