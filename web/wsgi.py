"""`python -m web.wsgi`: the API and the live doors, in threads of one process.

Werkzeug's threaded server, because Socket.IO and WebSockets need a thread each anyway:
gevent froze the whole process behind a slow disk. More clients are more processes.
"""

from __future__ import annotations

import ctypes
import logging
import resource
import signal
import socket
import struct
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from config import exposure, private_files, scratch
from config.logs import configure
from config.settings import ConfigurationError, Settings, current
from tasks.telemetry import tracing
from web.app import create_app
from web.events.hub import Slots, open_hub
from web.http.server import BoundedServer
from web.http.timeouts import TimedReader
from web.monitoring.heartbeats import ProcessHeartbeat
from web.realtime import sockets
from web.services import current_services

log = logging.getLogger("web.wsgi")  # not `__main__`

SEND_SECONDS = 30
DESCRIPTORS = 8192
_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
TURN_SECONDS = 0.0005
"""For which a thread that computes keeps the interpreter. Twenty uploads that are read at once let
a short answer wait for twenty such turns, again after each of its own waits; by default 5 ms."""


def create_live_app(settings: Settings) -> Flask:
    """The application with its live doors; only processes that serve need those."""
    app = create_app(settings)
    with app.app_context():
        held = current_services()
    doors = app.extensions["figures"].entry_points
    slots = Slots(settings.max_clients, settings.clients_per_address, settings.clients_per_session)
    hub = app.extensions["hub"] = open_hub(held, slots, doors.timed)
    doors.watch_listeners(hub)
    sockets.attach(app, hub, settings)
    return app


class Handler(WSGIRequestHandler):
    """One request a connection, as Werkzeug tells every client; after a WebSocket too.

    Its closing frames would else be read as the next request, and the client, which waits
    for an answer to them, would hang for three seconds.
    """

    server_version = "Callsheet"
    sys_version = ""
    rfile: TimedReader
    server: BoundedServer

    def setup(self) -> None:
        super().setup()
        # A reader that takes no byte for so long would hold its thread forever. A WebSocket
        # reads from the connection itself: it may be silent for as long as it answers pings.
        limit = struct.pack("ll", SEND_SECONDS, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        # The first reader holds the connection open until the request is done with: a WebSocket
        # that has lost its client closes it, and may still be told something by another thread.
        self._holding = self.rfile
        self.rfile = TimedReader(self.connection, self.server.head_of(self.connection))

    def finish(self) -> None:
        super().finish()
        self._holding.close()

    def run_wsgi(self) -> None:
        self.rfile.patience.head_is_read()
        super().run_wsgi()
        self.close_connection = True


def _spare_memory() -> None:
    """Two heaps for all threads: with one for each, twenty large uploads kept 100 MB more."""
    with suppress(AttributeError):  # another C library, other heaps
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _look_at_clamd(app: Flask) -> None:
    """Its size limits, tried with a file of our largest size; nobody waits for that."""
    with app.app_context():
        look = current_services().validator.scanner.check_at_start
    threading.Thread(target=look, name="clamd", daemon=True).start()


def open_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """A server that has its port and waits for `serve_forever`; port 0 is any free one."""
    settings = app.extensions["callsheet"].settings
    return BoundedServer(app, host, port, settings, Handler)


def _allow_descriptors() -> None:
    """As many as the system grants: each waiting connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, DESCRIPTORS), most))


def main() -> int:
    try:
        settings = current()
        configure(settings)
        exposure.report(settings)
        exposure.enforce(settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    private_files.protect(settings.state)
    tracing.start(settings, "web")
    _spare_memory()
    _allow_descriptors()
    sys.setswitchinterval(TURN_SECONDS)
    scratch.use_state_directory(settings)
    app = create_live_app(settings)
    server = open_server(app, settings.host, settings.port)
    presence = ProcessHeartbeat(app.extensions["callsheet"], "web", lambda: "web")
    presence.start()
    _look_at_clamd(app)
    signal.signal(signal.SIGTERM, _end)
    log.info("the API listens on http://%s:%s", settings.host, server.port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        presence.close()
        tracing.stop()
    return 0


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)  # threads are daemons: nobody is waited for


if __name__ == "__main__":
    sys.exit(main())
