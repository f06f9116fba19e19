"""The figures of a process: one registry for each application, none that is global."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from config.settings import Settings
from tasks.telemetry.metrics_server import serve
from web.monitoring.metrics.entry_points import EntryPointMetrics
from web.monitoring.metrics.events import EventMetrics
from web.monitoring.metrics.shared import SharedState
from web.services import Services


@dataclass(frozen=True, slots=True)
class WebMetrics:
    """What `/metrics` of a web process tells."""

    registry: CollectorRegistry
    entry_points: EntryPointMetrics


def open_web_metrics(app: Flask, services: Services) -> WebMetrics:
    """Count from now on, and read the shared state whenever somebody scrapes."""
    registry = _registry()
    registry.register(SharedState(app, services))
    doors = EntryPointMetrics(registry)
    doors.watch_requests(app)
    return WebMetrics(registry, doors)


def open_event_metrics(settings: Settings) -> tuple[EventMetrics, str]:
    """Control's counters, and where they are served; "" while nobody wants to know."""
    registry = _registry()
    return EventMetrics(registry), serve(registry, settings)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
