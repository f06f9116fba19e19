"""The figures of a process: one registry for each application, none that is global."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from config.settings import Settings
from tasks.telemetry.metrics_server import serve
from web.monitoring.metrics.entry_points import Doors
from web.monitoring.metrics.events import Pipeline
from web.monitoring.metrics.shared import SharedState
from web.services import Services


@dataclass(frozen=True, slots=True)
class Figures:
    """What `/metrics` of a web process tells."""

    registry: CollectorRegistry
    doors: Doors


def open_figures(app: Flask, services: Services) -> Figures:
    """Count from now on, and read the shared state whenever somebody scrapes."""
    registry = _registry()
    registry.register(SharedState(app, services))
    doors = Doors(registry)
    doors.watch_requests(app)
    return Figures(registry, doors)


def open_pipeline(settings: Settings) -> tuple[Pipeline, str]:
    """Control's counters, and where they are served; "" while nobody wants to know."""
    registry = _registry()
    return Pipeline(registry), serve(registry, settings)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
