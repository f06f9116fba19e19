"""`python -m web.wsgi`: serve the API and live events in the threads of one process.

This uses Werkzeug's threaded server, because Socket.IO and WebSockets need a thread each anyway,
and gevent froze the whole process behind a slow disk. Run more processes for more clients.
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
from functools import partial
from types import FrameType
from typing import NoReturn

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from config import exposure, private_files, scratch
from config.logs import configure
from config.settings import ConfigurationError, Settings, current
from tasks.telemetry import tracing
from tasks.telemetry.metrics_server import serve
from web.access.crowd_sign_ins import CrowdSignIns
from web.app import create_app
from web.events.hub import Slots
from web.events.process_hub import open_hub
from web.http import versions
from web.http.server import BoundedServer
from web.http.timeouts import TimedReader
from web.monitoring.heartbeats import ProcessHeartbeat
from web.realtime import sockets
from web.services import current_services

log = logging.getLogger("web.wsgi")  # not `__main__`

SEND_SECONDS = 30
DESCRIPTORS = 8192
_M_ARENA_MAX = -8
"""The option for the number of heaps, from glibc's malloc.h."""
TURN_SECONDS = 0.0005
"""How long a computing thread keeps the interpreter (default: 5 ms). Behind twenty uploads that are
read at once, a short response waits for twenty such turns after each of its own waits."""


def create_live_app(settings: Settings) -> Flask:
    """Create the application with its live events, which only serving processes need."""
    app = create_app(settings)
    with app.app_context():
        services = current_services()
    metrics = app.extensions["figures"].entry_points
    slots = Slots(settings.max_clients, settings.clients_per_address, settings.clients_per_session)
    hub = app.extensions["hub"] = open_hub(app, services, slots, metrics.timed)
    metrics.watch_listeners(hub)
    sockets.attach(app, hub, settings)
    if settings.live.base:
        CrowdSignIns(app, services.redis, hub.stopped).start()
    versions.register(app)
    return app


class Handler(WSGIRequestHandler):
    """Handles one request per connection, as Werkzeug announces to clients; WebSockets included.

    Otherwise the closing frames of a WebSocket would be read as the next request, and the client,
    which waits for an answer to them, would hang for three seconds.
    """

    server_version = "Callsheet"
    sys_version = ""
    rfile: TimedReader
    server: BoundedServer

    def setup(self) -> None:
        super().setup()
        # Without a time-out, a client that reads nothing would keep its thread forever. A
        # WebSocket reads from the connection: it may be silent as long as it answers pings.
        limit = struct.pack("ll", SEND_SECONDS, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        # The first reader keeps the connection open until the request has ended: a WebSocket that
        # has lost its client closes it while another thread may still send.
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
    """Limit the heaps of all threads: with one each, twenty large uploads kept 100 MB more."""
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _check_clamd(app: Flask) -> None:
    """Test in the background whether clamd accepts a file of our largest size."""
    with app.app_context():
        check = current_services().validator.scanner.check_at_start
    threading.Thread(target=check, name="clamd", daemon=True).start()


def open_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """Bind a server to its port (0: any free one), ready for `serve_forever`."""
    settings = app.extensions["callsheet"].settings
    return BoundedServer(app, host, port, settings, Handler)


def _allow_descriptors() -> None:
    """Raise the limit of file descriptors as far as allowed: each open connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, DESCRIPTORS), most))


def _open_heartbeat(app: Flask) -> ProcessHeartbeat:
    """Report this process, where its own metrics are, and what it has counted."""
    services, metrics = app.extensions["callsheet"], app.extensions["figures"]
    write_counts = partial(metrics.entry_points.counts.flush, services.redis)
    address = serve(metrics.registry, services.settings)
    return ProcessHeartbeat(services, "web", lambda: "web", metrics=address, also=write_counts)


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
    heartbeat = _open_heartbeat(app)
    heartbeat.start()
    _check_clamd(app)
    signal.signal(signal.SIGTERM, _end)
    log.info("API listens", extra={"address": f"http://{settings.host}:{server.port}"})
    if not (settings.cors_origins or exposure.is_loopback(settings.host)):
        log.info(
            "pages of other origins are refused until listed",
            extra={"setting": "CORS_ORIGINS=https://your.page"},
        )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        heartbeat.close()
        tracing.stop()
    return 0


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)  # does not wait for threads, which are all daemons


if __name__ == "__main__":
    sys.exit(main())
