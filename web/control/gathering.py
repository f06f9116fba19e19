"""Read events for one transaction: a batch that grows until something cannot wait.

A transaction costs about ten statements, however many events it has. What stages report can wait
a moment, because clients have received it already. What ends a job, or asks for a decision, cannot.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tasks.domain.decisions import asks_for_decision
from tasks.messaging.event_bus import EventBus, StreamBatch

LONGEST_SECONDS: Final = 0.25
"""How long the first event of a batch may wait."""
MOST_EVENTS: Final = 500


def read(bus: EventBus, after: str, wake_id: str, block_ms: int) -> StreamBatch:
    """Wait for an event or a request to wake, and gather what follows soon."""
    batch = bus.read_stream(after, wake_id, block_ms)
    if not can_wait(batch, wake_id):
        return batch
    bus.await_decision(batch.after, wake_id, int(1000 * LONGEST_SECONDS))
    more = bus.read_stream(batch.after, wake_id, None)
    return replace(more, entries=[*batch.entries, *more.entries])


def can_wait(batch: StreamBatch, wake_id: str) -> bool:
    """Return whether a batch has only reports, after which others may follow."""
    return (
        0 < len(batch.entries) < MOST_EVENTS
        and batch.wake_id == wake_id
        and not batch.unreadable
        and not any(asks_for_decision(entry.event) for entry in batch.entries)
    )
