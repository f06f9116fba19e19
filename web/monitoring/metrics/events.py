"""Metrics that the controller counts from events, each of which it processes once."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from config.stages import ALL_STAGES
from tasks.domain.errors import BY_CODE
from tasks.domain.events import Event, EventType

_SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0)
OTHER = "other"
_ENDS = {
    EventType.PIPELINE_COMPLETED: "succeeded",
    EventType.PIPELINE_FAILED: "failed",
    EventType.PIPELINE_CANCELLED: "cancelled",
}


class EventMetrics:
    """Counters fed by events; they restart at zero with the process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "callsheet_stage_seconds",
            "Time to compute a stage.",
            ("stage", "engine"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._results = Counter(
            "callsheet_stage_results",
            "Results of stages: computed, or found in the cache.",
            ("stage", "engine", "how"),
            registry=registry,
        )
        self._failures = Counter(
            "callsheet_stage_failures",
            "Failed stages; retryable ones are retried.",
            ("stage", "code", "tried_again"),
            registry=registry,
        )
        self._retries = Counter(
            "callsheet_retries",
            "Retries: of a stage after a retryable failure, or of a job that lost a step.",
            ("why",),
            registry=registry,
        )
        for why in ("failed", "lost"):
            self._retries.labels(why)
        self._ends = Counter(
            "callsheet_jobs_ended", "Finished jobs by final state.", ("state",), registry=registry
        )
        self._codes = Counter(
            "callsheet_job_failures", "Failed jobs by error code.", ("code",), registry=registry
        )

        self._refused = Counter(
            "callsheet_node_requests_refused",
            "Refused node requests: forged, malformed or not permitted.",
            ("node", "what"),
            registry=registry,
        )

    def refused(self, node: str, what: str) -> None:
        """Count a refused request of a node."""
        self._refused.labels(node, what).inc()

    def count(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.event_type is EventType.STAGE_COMPLETED:
                self._completed(event)
            elif event.event_type is EventType.STAGE_FAILED:
                self._failed(event)
            elif event.event_type in _ENDS:
                self._ended(event)

    def _completed(self, event: Event) -> None:
        stage, engine = _stage(event), _engine(event)
        found = bool(event.details.get("found"))
        self._results.labels(stage, engine, "found" if found else "computed").inc()
        seconds = event.details.get("seconds")
        if not found and isinstance(seconds, int | float):
            self._seconds.labels(stage, engine).observe(seconds)

    def _failed(self, event: Event) -> None:
        again = bool(event.details.get("retryable"))
        self._failures.labels(_stage(event), _code(event), "yes" if again else "no").inc()
        if again:
            self._retries.labels("failed").inc()

    def lost(self, jobs: int) -> None:
        """Count jobs that lost a step and are dispatched again."""
        self._retries.labels("lost").inc(jobs)

    def _ended(self, event: Event) -> None:
        self._ends.labels(_ENDS[event.event_type]).inc()
        if event.event_type is EventType.PIPELINE_FAILED:
            self._codes.labels(_code(event)).inc()


def _stage(event: Event) -> str:
    return event.stage if event.stage in ALL_STAGES else OTHER


def _engine(event: Event) -> str:
    """Map unknown names to one label, because every label is kept forever."""
    engine = event.details.get("engine")
    known = event.stage in ALL_STAGES and engine in (*ALL_STAGES[event.stage].engines, "external")
    return str(engine) if known else OTHER


def _code(event: Event) -> str:
    code = event.details.get("error_code")
    return code if isinstance(code, str) and code in BY_CODE else OTHER
