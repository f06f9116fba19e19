"""Store the trace of a job, and continue it when the job is dispatched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis

from tasks.messaging import keys
from tasks.messaging.emission import DAY
from tasks.telemetry import tracing
from web.services import Services


def store_trace(services: Services, job_id: str) -> None:
    """Store the trace of the current request for a later dispatch of the job."""
    known = tracing.carrier()
    if known:
        with suppress(redis.RedisError):  # a job is accepted without it
            services.redis.set(keys.trace(job_id), known[tracing.HEADER], ex=DAY)


@contextmanager
def dispatch_span(services: Services, job_id: str, attempt: int) -> Iterator[None]:
    """Open a span in the trace of the current request, else of the one that submitted the job."""
    parent = None if tracing.under_way() else _stored_trace(services, job_id)
    about = {"job_id": job_id, "attempt": attempt}
    with tracing.span("dispatch", about, kind="producer", parent=parent):
        yield


def _stored_trace(services: Services, job_id: str) -> dict[str, Any]:
    if not services.settings.monitoring.otlp_endpoint:
        return {}
    try:
        return {tracing.HEADER: services.redis.get(keys.trace(job_id))}
    except redis.RedisError:
        return {}
