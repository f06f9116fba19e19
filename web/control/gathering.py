"""Read events for one transaction: a batch that grows until something cannot wait.

A transaction costs about ten statements, however many events it has. What stages report can wait
a moment, because clients have received it already. What ends a job, or asks for a decision, cannot.
"""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Event as Flag
from typing import Final

from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus, StreamBatch
from web.control.projection import ENDS_WITH, LAST

PAUSE_SECONDS: Final = 0.005
"""Between two reads, so that a burst is not read event by event."""
LONGEST_SECONDS: Final = 0.25
"""How long the first event of a batch may wait."""
MOST_EVENTS: Final = 500
_REPORTS: Final = frozenset(
    {
        EventType.PROCESSING_STARTED,
        EventType.STAGE_STARTED,
        EventType.STAGE_COMPLETED,
        EventType.PROGRESS_UPDATE,
        # The controller has decided these itself, and reads them again.
        EventType.PIPELINE_COMPLETED,
        EventType.PIPELINE_FAILED,
        EventType.PIPELINE_CANCELLED,
    }
)
_LAST_STAGES: Final = frozenset({LAST, *ENDS_WITH.values()})


def read(bus: EventBus, stop: Flag, after: str, wake_id: str, block_ms: int) -> StreamBatch:
    """Wait for an event or a request to wake, and gather what follows soon."""
    batch = bus.read_stream(after, wake_id, block_ms)
    end = time.monotonic() + LONGEST_SECONDS
    while can_wait(batch, wake_id) and not stop.wait(PAUSE_SECONDS):
        left = int(1000 * (end - time.monotonic()))
        if left <= 0:
            break
        more = bus.read_stream(batch.after, batch.wake_id, left)
        batch = replace(
            more,
            entries=[*batch.entries, *more.entries],
            unreadable=[*batch.unreadable, *more.unreadable],
        )
    return batch


def can_wait(batch: StreamBatch, wake_id: str) -> bool:
    """Return whether a batch has only reports, after which others may follow."""
    return (
        0 < len(batch.entries) < MOST_EVENTS
        and batch.wake_id == wake_id
        and not batch.unreadable
        and all(_is_report(entry.event) for entry in batch.entries)
    )


def _is_report(event: Event) -> bool:
    if event.event_type not in _REPORTS:
        return False
    return event.event_type is not EventType.STAGE_COMPLETED or event.stage not in _LAST_STAGES
