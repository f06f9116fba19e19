"""A Socket.IO client that delivers events in order.

python-socketio starts a thread for each message, so a handler may see the second of two
events before the first. Handlers of this client run in its reading thread: they must not
block, and must not `call` the server.
"""

from __future__ import annotations

from typing import Any

import engineio
import socketio


class _InOrder(engineio.Client):  # type: ignore[misc]  # no types
    def _trigger_event(self, event: str, *args: Any, **_: Any) -> Any:
        return super()._trigger_event(event, *args, run_async=False)


class OrderedClient(socketio.Client):  # type: ignore[misc]  # no types
    """python-socketio's client, without a thread per message."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _InOrder
