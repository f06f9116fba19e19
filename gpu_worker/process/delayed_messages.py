"""Redeliver messages after a pause that counts from delivery, by the receiver's clock.

Celery sends the due time by the sender's clock. If that clock is a day ahead, other workers would
hold the message for a day; if it is behind, the message would come back at once, again and again.

While a message is paused, this worker takes other messages. A message that is due while the worker
is busy goes back to its queue, so that the first free worker takes it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from celery import Celery, bootsteps
from celery.worker import request, state

log = logging.getLogger(__name__)

HEADER: Final = "callsheet_pause"
"""How many seconds it is."""
LONGEST: Final = 3600.0


def headers(sent: Mapping[str, Any] | None, seconds: float) -> dict[str, Any]:
    """Those of a message, for the one that comes back in its place."""
    return {**(sent or {}), HEADER: seconds}


class Request(request.Request):  # type: ignore[misc]  # celery has no types
    """A stage's message as a worker takes it."""

    _eta: datetime | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        seconds = _pause(self.request_dict.get(HEADER))
        if self._eta is None or seconds is None:
            return
        if self.delivery_info["redelivered"]:  # it has had its pause
            self._eta = None
        else:
            self._eta = datetime.now(UTC) + timedelta(seconds=seconds)


def _pause(told: Any) -> float | None:
    """A header comes with the message, so it may be anything."""
    is_number = isinstance(told, int | float) and math.isfinite(told)
    return min(max(float(told), 0.0), LONGEST) if is_number else None


def install(app: Celery) -> None:
    """Let no worker of this application keep what falls due while it is at work."""

    class PuttingBack(bootsteps.Step):  # type: ignore[misc]  # celery has no types
        def __init__(self, consumer: Any, **_: Any) -> None:
            carry_out = consumer.apply_eta_task

            def due(paused: Request) -> None:
                if not state.reserved_requests:
                    carry_out(paused)
                    return
                log.debug("returned %s to its queue: this worker is busy", paused.id)
                paused.reject(requeue=True)
                state.task_ready(paused)
                consumer.qos.decrement_eventually()

            consumer.apply_eta_task = due

    app.steps["consumer"].add(PuttingBack)
