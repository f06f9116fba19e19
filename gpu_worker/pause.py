"""A message that comes back after a pause: the pause counts from its delivery, by this clock.

Celery sends the moment at which it is due, by the clock of who sent it. A worker whose clock is
a day ahead would otherwise have others hold its messages for a day; of one whose clock is
behind they would come back at once, again and again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from celery.worker import request

HEADER: Final = "callsheet_pause"
"""How many seconds it is."""


def headers(sent: Mapping[str, Any] | None, seconds: float) -> dict[str, Any]:
    """Those of a message, for the one that comes back in its place."""
    return {**(sent or {}), HEADER: seconds}


class Request(request.Request):  # type: ignore[misc]  # celery has no types
    """A stage's message as a worker takes it."""

    _eta: datetime | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        seconds = self.request_dict.get(HEADER)
        if self._eta is not None and seconds is not None:
            self._eta = datetime.now(UTC) + timedelta(seconds=seconds)
