"""Watch a job to its end, on the screen or as JSON lines, and exit with its result."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import httpx

from tasks.domain.job import JobState
from web.cli.commands.exit_codes import ExitCode
from web.cli.commands.output import Output
from web.cli.local.client import Client, Live
from web.cli.local.display import make_display, times
from web.cli.local.job_view import JobView, follow

ASK_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""Time allowed for a server restart, after which events continue."""

ENDINGS = {
    JobState.SUCCEEDED: ExitCode.OK,
    JobState.FAILED: ExitCode.FAILED,
    JobState.CANCELLED: ExitCode.CANCELLED,
}

Event = dict[str, Any]


def watch(
    client: Client, events: Live, job_id: str, output: Output, *, print_events: bool
) -> Event:
    """Watch a job and return its final report; with JSON output, print each event."""
    view = JobView(job_id)
    lines = print_events and output.as_json
    display = nullcontext(None) if lines else make_display(output.console, view)
    with display as bars:

        def on_event(event: Event) -> None:
            if lines:
                output.data(event)
            if bars is not None:
                bars.show(view)

        follow(events, view, on_event, _has_ended(client, job_id))
    report = client.job(job_id)
    if view.rows and not output.as_json:
        output.console.print()
        output.console.print(times(view))
        output.console.print()
    return report


def _has_ended(client: Client, job_id: str) -> Callable[[float], bool]:
    """Check periodically whether the end was missed and whether the server still answers."""
    last_answer = time.monotonic()

    def has_ended(silence: float) -> bool:
        nonlocal last_answer
        if silence % ASK_SECONDS:
            return False
        try:
            state = JobState(client.job(job_id)["state"])
        except httpx.TransportError:
            if time.monotonic() - last_answer > PATIENCE_SECONDS:
                raise
            return False
        last_answer = time.monotonic()
        return state.terminal

    return has_ended


def end_as(report: dict[str, Any], output: Output) -> None:
    """Print why a job did not succeed, and exit with the matching code."""
    ending = ENDINGS[JobState(report["state"])]
    if ending is ExitCode.CANCELLED:
        output.console.print("The job was cancelled.")
    elif ending is ExitCode.FAILED:
        error = report["error"] or {}
        stage = f" in {error['stage']}" if error.get("stage") else ""
        output.console.print(
            f"The job failed{stage} ({error.get('code')}): {error.get('message')}", markup=False
        )
    if ending is not ExitCode.OK:
        sys.exit(ending)
