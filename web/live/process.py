"""Start and stop the live process; the standard library is patched by now."""

from __future__ import annotations

import logging
import os
import signal
import sys

import gevent

from config import exposure, private_files
from config.logs import configure
from config.settings import ConfigurationError, Settings, current
from tasks.messaging.event_bus import EventBus
from tasks.messaging.redis_client import connect
from tasks.telemetry.metrics_server import serve
from web.events.hub import Hub, Slots
from web.events.pseudonyms import NodePseudonyms
from web.live.handshakes import Handshakes
from web.live.metrics import LiveMetrics
from web.live.openings import Doorkeeper
from web.live.replays import Replays
from web.live.server import Server, allow_descriptors
from web.live.sign_ins import SignIns
from web.live.sockets import create_app
from web.live.streams import Streams
from web.monitoring.heartbeats import LIVE, ProcessHeartbeat, RedisOnly
from web.secret_key import secret_key

log = logging.getLogger("web.live")


def create_server(settings: Settings) -> Server:
    """Create the server of this process, which receives events at once."""
    client, secret = connect(settings), secret_key(settings)
    replays, sign_ins = Replays(client), SignIns(client)
    most = allow_descriptors(settings.live.max_clients)
    slots = Slots(most, settings.clients_per_address, settings.clients_per_session)
    disguise = NodePseudonyms(secret).disguise
    metrics, bus = LiveMetrics(), EventBus(connect(settings))
    hub = Hub(lambda: metrics.timed(bus.listen()), replays.missed, slots, disguise)
    metrics.watch(hub)
    streams = Streams(
        settings,
        hub,
        replays,
        Doorkeeper(client, secret),
        sign_ins,
        metrics,
        Handshakes(settings),
        set(),
    )
    for part in (replays, sign_ins, streams, hub):
        part.start()
    return Server((settings.live.host, settings.live.port), create_app(streams), streams)


def run() -> int:
    """Serve until a signal ends the process; clients are told to connect again."""
    try:
        settings = current()
        configure(settings)
        if not settings.live.is_on:
            raise ConfigurationError("the live process is off; set LIVE=on")
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    private_files.protect(settings.state)
    server = create_server(settings)
    metrics = serve(server.streams.metrics.registry, settings)
    connected = RedisOnly(settings, connect(settings))
    heartbeat = ProcessHeartbeat(connected, "live", lambda: LIVE, metrics=metrics)
    heartbeat.start()
    gevent.signal_handler(signal.SIGTERM, server.stop)
    gevent.signal_handler(signal.SIGINT, server.stop)
    address = f"http://{settings.live.host}:{settings.live.port}"
    most = server.streams.hub.slots.most
    log.info("listening for live clients", extra={"address": address, "most_clients": most})
    if not exposure.is_loopback(settings.live.host):
        log.warning("reachable by other machines: let a TLS proxy stand before it")
    try:
        server.serve_forever()
    finally:
        server.streams.end_all()
        heartbeat.close()
        server.streams.hub.stop()
    # Freeing thousands of streams one by one takes seconds, and clients wait for the next process.
    logging.shutdown()
    os._exit(0)
