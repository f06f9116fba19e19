"""Metrics of one live process. What happens for each message is counted without a lock.

Names that web processes have too mean the same here, so one panel shows both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily

from tasks.domain.events import Event, id_order
from tasks.messaging.live_channel import Heard
from tasks.telemetry.metrics_server import process_registry
from web.events.hub import Hub

_LATENCY: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
OPENED, REFUSED, LIMITED = "opened", "refused", "limited"


class Counts:
    """What all streams of the process have sent; its one event loop needs no lock."""

    __slots__ = ("sent", "sent_bytes", "too_slow")

    def __init__(self) -> None:
        self.sent = 0
        """Messages handed to streams and to Socket.IO clients."""
        self.sent_bytes = 0
        """Bytes handed to streams; Socket.IO's own are not among them."""
        self.too_slow = 0
        """Clients that were disconnected because too much waited for them."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Report the counts at a scrape."""
        for name, text, value in (
            ("callsheet_live_sent", "Messages handed to live clients.", self.sent),
            ("callsheet_live_sent_bytes", "Bytes handed to streams.", self.sent_bytes),
            ("callsheet_live_too_slow", "Clients disconnected as too slow.", self.too_slow),
        ):
            yield CounterMetricFamily(name, text, value=value)


class LiveMetrics:
    """The metrics of one process; its registry is served on `METRICS_PORT`."""

    def __init__(self) -> None:
        self.registry = process_registry()
        self.counts = Counts()
        self.registry.register(self.counts)
        handshakes = Counter(
            "callsheet_live_handshakes",
            "Requests that open a stream: opened, refused, or over the limit of their rate.",
            ("result",),
            registry=self.registry,
        )
        self._handshakes = {r: handshakes.labels(r) for r in (OPENED, REFUSED, LIMITED)}
        self._latency = Histogram(
            "callsheet_event_seconds",
            "Time from an event's creation in Redis to its delivery in this process.",
            buckets=_LATENCY,
            registry=self.registry,
        )
        self._loop_lag = Gauge(
            "callsheet_live_loop_lag_seconds",
            "How late the event loop was in the last second.",
            registry=self.registry,
        )

    def watch(self, hub: Hub) -> None:
        """Report the open connections and subscriptions at each scrape."""
        Gauge(
            "callsheet_listeners", "Subscriptions of live clients.", registry=self.registry
        ).set_function(lambda: hub.listeners)
        Gauge("callsheet_sockets", "Open live connections.", registry=self.registry).set_function(
            lambda: hub.slots.taken
        )

    def handshake(self, result: str) -> None:
        """Count a request that wanted to open a stream."""
        self._handshakes[result].inc()

    def note_loop_lag(self, seconds: float) -> None:
        """Record how much later than asked for the event loop has called."""
        self._loop_lag.set(max(0.0, seconds))

    def timed(self, events: Iterator[Heard]) -> Iterator[Heard]:
        """Pass events through and record their age."""
        for event in events:
            if isinstance(event, Event):
                self._latency.observe(max(0.0, time.time() - id_order(event.event_id)[0] / 1000))
            yield event
