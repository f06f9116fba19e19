"""The metrics of a process: one registry per application, none global."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from config.settings import Settings
from tasks.telemetry.metrics_server import add_build_info, serve
from web.monitoring.metrics.deliveries import DeliveryMetrics
from web.monitoring.metrics.entry_points import EntryPointMetrics
from web.monitoring.metrics.events import EventMetrics
from web.monitoring.metrics.shared import SharedState
from web.monitoring.metrics.slo import SloMetrics
from web.services import Services


@dataclass(frozen=True, slots=True)
class WebMetrics:
    """The metrics behind `/metrics` of a web process."""

    registry: CollectorRegistry
    entry_points: EntryPointMetrics


def open_web_metrics(app: Flask, services: Services) -> WebMetrics:
    """Start counting, and read the shared state at each scrape."""
    registry = _registry()
    registry.register(SharedState(app, services))
    doors = EntryPointMetrics(registry)
    doors.watch_requests(app)
    return WebMetrics(registry, doors)


@dataclass(frozen=True, slots=True)
class ControlMetrics:
    """The metrics of a controller."""

    events: EventMetrics
    slo: SloMetrics
    deliveries: DeliveryMetrics
    url: str
    """Serves them; empty if that is disabled."""


def open_control_metrics(settings: Settings) -> ControlMetrics:
    """Start counting, and serve the counters."""
    registry = _registry()
    events, slo = EventMetrics(registry), SloMetrics(registry, settings)
    return ControlMetrics(events, slo, DeliveryMetrics(registry), serve(registry, settings))


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    add_build_info(registry)
    return registry
