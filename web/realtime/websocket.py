"""A plain WebSocket: the events of one session as JSON texts, for clients without Socket.IO."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import simple_websocket
from flask import Request, Response
from wsproto.utilities import ProtocolError

from config.settings import Settings
from tasks.domain.errors import RequestError
from web.errors import OriginRefused
from web.events.hub import Hub
from web.events.mailbox import Mailbox, TooSlow, mailbox
from web.http.origins import is_foreign_page
from web.http.senders import sender_address

log = logging.getLogger(__name__)

PING_SECONDS = 25
CHECK_SECONDS = 2.0
LARGEST_MESSAGE = 4096
TRY_AGAIN_LATER = 1013
POLICY = 1008
MOST_WORDS = 50
"""Clients have nothing to say here; who talks all the same fills our memory."""


def check_origin(request: Request, settings: Settings) -> None:
    """Refuse pages of other sites: WebSockets know no CORS of the browser's."""
    if is_foreign_page(request.environ, settings.cors_origins):
        raise OriginRefused


def serve(
    request: Request,
    hub: Hub,
    snapshot: dict[str, Any],
    after: str,
    speak: Callable[[str], str],
) -> Response:
    """Talk until one side ends it; what is returned only closes the connection."""
    with mailbox(hub, snapshot["session_id"], after, sender_address()) as box:
        socket = _shaken(request)
        try:
            picture = {"event_type": "snapshot", **snapshot}
            socket.send(speak(json.dumps(picture, ensure_ascii=False)))
            _exchange(socket, box, speak)
        except (simple_websocket.ConnectionClosed, OSError):
            pass  # the client has left, in whichever way
    return _Ended()


def _shaken(request: Request) -> simple_websocket.Server:
    """The WebSocket after its handshake; one that is none is refused as any request."""
    try:
        return simple_websocket.Server(
            request.environ, ping_interval=PING_SECONDS, max_message_size=LARGEST_MESSAGE
        )
    except (ProtocolError, simple_websocket.ConnectionError):
        raise RequestError("This is no WebSocket handshake.") from None


def _exchange(socket: simple_websocket.Server, box: Mailbox, speak: Callable[[str], str]) -> None:
    words = 0
    while socket.connected:
        try:
            message = box.get(CHECK_SECONDS)
        except TooSlow:
            log.info("a WebSocket was too slow")
            socket.close(TRY_AGAIN_LATER, "too slow; come back with your last event id")
            return
        if message is not None:
            socket.send(speak(message.text))
        while socket.receive(timeout=0) is not None:
            words += 1
        if words > MOST_WORDS:
            socket.close(POLICY, "this door only tells")
            return


class _Ended(Response):
    """There is no HTTP answer after a WebSocket; Werkzeug takes this error for that."""

    def __call__(self, *_: Any) -> Any:
        raise ConnectionError
