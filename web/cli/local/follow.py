"""Follow a job's events to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web.cli.local.client import Live
from web.cli.local.job_view import JobView

CHECK_SECONDS = 1.0

OnEvent = Callable[[dict[str, Any]], None]
OnIdle = Callable[[float], bool]
"""Called while no event arrives, with the seconds since the last one; True ends following."""


def follow(events: Live, view: JobView, on_event: OnEvent, on_idle: OnIdle) -> None:
    """Apply each event to the view, and call `on_event` with the job's, until the job has ended."""
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
