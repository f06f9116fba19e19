"""Following a job by its events, from wherever it is to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web.cli.local.client import Live
from web.cli.local.job_view import Board

LOOK_SECONDS = 1.0

Hear = Callable[[dict[str, Any]], None]
LookAround = Callable[[float], bool]
"""Called while nothing is heard, with the seconds of silence; True: there is no more to hear."""


def follow(events: Live, board: Board, hear: Hear, look_around: LookAround) -> None:
    """Feed the board, and tell `hear` each event of the job, until the job has ended."""
    silence = 0.0
    while board.end is None:
        event = events.next(LOOK_SECONDS)
        if event is None:
            silence += LOOK_SECONDS
            if look_around(silence):
                return
            continue
        silence = 0.0
        board.hear(event)
        if event["job_id"] == board.job_id:
            hear(event)
