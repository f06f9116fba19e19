"""What `celery -A web.flower_app flower` watches. Flower reads its own `FLOWER_*` variables.

It never runs without a password: `FLOWER_BASIC_AUTH` gives one, else one is made and kept in the
state directory (user `callsheet`), unless Flower is told to sign people in elsewhere
(`FLOWER_AUTH`). Its figures and its health ask for it too, which Flower leaves open. Its REST API
stays closed: `FLOWER_UNAUTHENTICATED_API` is never set. It sends heartbeats and serves metrics as
other processes do, so that one that dies is missed.
"""

from __future__ import annotations

import atexit
import os

from celery import signals
from flower.views import monitor
from tornado.web import authenticated

from config import private_files
from config.logs import configure
from config.secret_files import FLOWER_PASSWORD, ensure_secret
from config.settings import Settings, current
from tasks.messaging.app import make_app
from tasks.messaging.redis_client import connect
from tasks.telemetry.metrics_server import process_registry, serve
from web.monitoring.heartbeats import FLOWER, ProcessHeartbeat, RedisOnly


def _close(settings: Settings) -> None:
    """Flower's command reads its variables after it has imported this module."""
    if not os.environ.get("FLOWER_AUTH"):
        made = (
            settings.flower_basic_auth
            or f"callsheet:{ensure_secret(settings.state, FLOWER_PASSWORD)}"
        )
        os.environ["FLOWER_BASIC_AUTH"] = made
    os.environ.setdefault("FLOWER_ADDRESS", settings.host)
    for view in (monitor.Metrics, monitor.Healthcheck):
        view.get = authenticated(view.get)


def _send_heartbeats(settings: Settings) -> None:
    metrics = serve(process_registry(), settings)
    connected = RedisOnly(settings, connect(settings))
    heartbeat = ProcessHeartbeat(connected, "flower", lambda: FLOWER, metrics=metrics)
    heartbeat.start()
    atexit.register(heartbeat.close)


os.nice(10)  # who watches must not slow down what is watched

configure(current())
# Celery and Tornado would log in their own formats.
signals.setup_logging.connect(lambda **_: None, weak=False)
private_files.protect(current().state)
_close(current())
_send_heartbeats(current())
app = make_app(current())
