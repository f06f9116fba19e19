"""Following a job by its events, from wherever it is to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web.cli.local.client import Live
from web.cli.local.job_view import JobView

CHECK_SECONDS = 1.0

OnEvent = Callable[[dict[str, Any]], None]
OnIdle = Callable[[float], bool]
"""Called while nothing is heard, with the seconds of silence; True: there is no more to hear."""


def follow(events: Live, view: JobView, on_event: OnEvent, on_idle: OnIdle) -> None:
    """Feed the board, and tell `hear` each event of the job, until the job has ended."""
    silence = 0.0
    while view.end is None:
        event = events.next_event(CHECK_SECONDS)
        if event is None:
            silence += CHECK_SECONDS
            if on_idle(silence):
                return
            continue
        silence = 0.0
        view.apply(event)
        if event["job_id"] == view.job_id:
            on_event(event)
