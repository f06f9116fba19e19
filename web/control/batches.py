"""Follow batches from the controller: start their next videos, and note which have ended."""

from __future__ import annotations

from functools import partial

from web.batches import running
from web.dead_letters import letters, quarantine
from web.services import Services


def follow(services: Services) -> None:
    """Do one turn for all batches; what cannot be decided for one stops no other."""
    for batch_id in running.open_batches():
        move = partial(running.move_on, services, batch_id)
        quarantine.attempt(move, letters.DECISION, f"batch {batch_id}", "batch")
    for batch_id in running.cancelled_videos():
        note = partial(running.note_ends, batch_id)
        quarantine.attempt(note, letters.DECISION, f"batch {batch_id}", "batch")
