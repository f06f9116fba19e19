"""A message that comes back after a pause: the pause counts from its delivery, by this clock.

Celery sends the moment at which it is due, by the clock of who sent it. A worker whose clock is
a day ahead would otherwise have others hold its messages for a day; of one whose clock is
behind they would come back at once, again and again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from celery.worker import request

SECONDS = 1.0


class Request(request.Request):  # type: ignore[misc]  # celery has no types
    """A stage's message as a worker takes it."""

    _eta: datetime | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self._eta is not None:
            self._eta = datetime.now(UTC) + timedelta(seconds=SECONDS)
