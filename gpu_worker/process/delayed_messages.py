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
"""The message header with the pause in seconds."""
LONGEST: Final = 3600.0


def headers(sent: Mapping[str, Any] | None, seconds: float) -> dict[str, Any]:
    """Return the headers of a message with its pause, for the message that replaces it."""
    return {**(sent or {}), HEADER: seconds}


class Request(request.Request):  # type: ignore[misc]  # celery has no types
    """The message of a stage, as a worker receives it."""

    _eta: datetime | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        seconds = _pause(self.request_dict.get(HEADER))
        if self._eta is None or seconds is None:
            return
        if self.delivery_info["redelivered"]:  # it was paused already
            self._eta = None
        else:
            self._eta = datetime.now(UTC) + timedelta(seconds=seconds)


def _pause(value: Any) -> float | None:
    """Return the pause of a header; None if it is not a number."""
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return min(max(float(value), 0.0), LONGEST) if is_number else None


def install(app: Celery) -> None:
    """Make busy workers of this application return messages that are due to their queues."""

    class ReturnDueMessages(bootsteps.Step):  # type: ignore[misc]  # celery has no types
        def __init__(self, consumer: Any, **_: Any) -> None:
            execute = consumer.apply_eta_task

            def on_due(paused: Request) -> None:
                if not state.reserved_requests:
                    execute(paused)
                    return
                log.debug(
                    "step returned to its queue: the worker is busy", extra={"task_id": paused.id}
                )
                paused.reject(requeue=True)
                state.task_ready(paused)
                consumer.qos.decrement_eventually()

            consumer.apply_eta_task = on_due

    app.steps["consumer"].add(ReturnDueMessages)
