"""Metrics of one web process: requests, live connections, and the latency of events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http import HTTPStatus

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tasks.domain.events import Event, id_order
from tasks.messaging.live_channel import Heard
from web.analytics.traffic import RequestCounts
from web.events.hub import Hub

_LATENCY = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_ANSWER = (0.005, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class EntryPointMetrics:
    """The metrics of one application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.counts = RequestCounts()
        self._answers = Histogram(
            "callsheet_http_seconds",
            "Time to the first byte of a response.",
            ("method", "route", "status"),
            buckets=_ANSWER,
            registry=registry,
        )
        self._refusals = Counter(
            "callsheet_refusals",
            "Responses with an error code.",
            ("code",),
            registry=registry,
        )
        self._latency = Histogram(
            "callsheet_event_seconds",
            "Time from an event's creation in Redis to its delivery in this process.",
            buckets=_LATENCY,
            registry=registry,
        )
        self._listeners = Gauge(
            "callsheet_listeners", "Sessions with live clients.", registry=registry
        )
        self._sockets = Gauge(
            "callsheet_sockets",
            "Open live connections: Socket.IO, WebSocket, Server-Sent Events.",
            registry=registry,
        )

    def watch_requests(self, app: Flask) -> None:
        """Count every request by its route, never by its URL: URLs are unlimited labels."""

        def begin() -> None:
            g.asked = time.perf_counter()

        def end(response: Response) -> Response:
            route = request.url_rule.rule if request.url_rule else "none"
            seconds = time.perf_counter() - g.get("asked", time.perf_counter())
            labels = (request.method, route, str(response.status_code))
            self._answers.labels(*labels).observe(seconds)
            failed = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            self.counts.count(f"{request.method} {route}", seconds, failed=failed)
            if "error_code" in g:
                self._refusals.labels(g.error_code).inc()
            return response

        app.before_request(begin)
        app.after_request(end)

    def watch_listeners(self, hub: Hub) -> None:
        self._listeners.set_function(lambda: hub.listeners)
        self._sockets.set_function(lambda: hub.slots.taken)

    def timed(self, events: Iterator[Heard]) -> Iterator[Heard]:
        """Pass events through and record their latency."""
        for event in events:
            if isinstance(event, Event):
                self._latency.observe(max(0.0, time.time() - id_order(event.event_id)[0] / 1000))
            yield event
