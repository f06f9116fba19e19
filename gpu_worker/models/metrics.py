"""The Prometheus metrics of a worker, on its own port if one is set."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

from config.settings import Settings
from tasks.telemetry.metrics_server import add_build_info, serve

_SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class WorkerMetrics:
    """The metrics of one pool process."""

    def __init__(self, environment: str) -> None:
        self.registry = CollectorRegistry()
        self.warm_calls = 0
        self.cold_calls = 0
        ProcessCollector(registry=self.registry)
        add_build_info(self.registry)
        self._environment = environment
        self._calls = Counter(
            "callsheet_model_calls",
            "Stages by whether their model was loaded already.",
            ("environment", "stage", "engine", "model"),
            registry=self.registry,
        )
        self._loading = Histogram(
            "callsheet_model_load_seconds",
            "Time to load a model.",
            ("environment", "stage", "engine"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._busy = Gauge(
            "callsheet_worker_busy",
            "Whether a stage is running.",
            ("environment",),
            registry=self.registry,
        )

    def serve(self, settings: Settings, busy: Callable[[], bool]) -> str:
        """Serve the metrics; return their address."""
        self._busy.labels(self._environment).set_function(busy)
        return serve(self.registry, settings)

    def warm(self, stage: str, engine: str) -> None:
        self.warm_calls += 1
        self._calls.labels(self._environment, stage, engine, "warm").inc()

    def loaded(self, stage: str, engine: str, seconds: float) -> None:
        self.cold_calls += 1
        self._calls.labels(self._environment, stage, engine, "cold").inc()
        self._loading.labels(self._environment, stage, engine).observe(seconds)
