"""`python -m web.wsgi`: the API and the live doors, in threads of one process.

Werkzeug's threaded server, because Socket.IO and WebSockets need a thread each anyway:
gevent froze the whole process behind a slow disk. More clients are more processes.
"""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from config.logs import configure
from config.settings import ConfigurationError, Settings, current
from web.app import create_app
from web.realtime import sockets
from web.realtime.backlog import missed
from web.realtime.hub import Hub, Slots
from web.services import services

log = logging.getLogger(__name__)


def create_live_app(settings: Settings) -> Flask:
    """The application with its live doors; only processes that serve need those."""
    app = create_app(settings)
    with app.app_context():
        held = services()
    hub = Hub(
        held.bus.listen,
        lambda session_id, after: missed(held, session_id, after),
        Slots(settings.max_clients),
    )
    app.extensions["hub"] = hub
    sockets.attach(app, hub, settings)
    hub.start()
    return app


def make(settings: Settings) -> BaseWSGIServer:
    """A server that has its port and waits for `serve_forever`."""
    return make_server(settings.host, settings.port, create_live_app(settings), threaded=True)


def main() -> int:
    try:
        settings = current()
    except ConfigurationError as mistakes:
        sys.stderr.write(f"{mistakes}\n")
        return 2
    configure(settings)
    server = make(settings)
    signal.signal(signal.SIGTERM, _end)
    log.info("the API listens on http://%s:%s", settings.host, server.port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)  # threads are daemons: nobody is waited for


if __name__ == "__main__":
    sys.exit(main())
