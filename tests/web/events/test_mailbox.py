"""Mailboxes: what ends the reading of events, and why."""

from __future__ import annotations

import pytest

from tasks.domain.events import Event, EventType
from web.events.hub import Message
from web.events.mailbox import MISSED, MOST_WAITING, TOO_SLOW, Closed, Interrupted, Mailbox


def _message(number: int) -> Message:
    return Message(Event(EventType.STAGE_STARTED, "room", "job", event_id=f"{number}-0"))


def test_a_reader_that_falls_behind_is_interrupted_as_too_slow() -> None:
    box = Mailbox()
    box.put(_message(1))
    box.limit()  # the missed event does not count
    for number in range(MOST_WAITING):
        box.put(_message(number + 2))
    first = box.get(0)
    assert first is not None
    assert first.event.event_id == "1-0"
    box.put(_message(MOST_WAITING + 2))
    box.put(_message(MOST_WAITING + 3))
    for _ in range(2):
        with pytest.raises(Interrupted, match=TOO_SLOW):
            box.get(0)
    assert len(box) == 0


def test_a_stop_of_the_process_does_not_blame_the_client() -> None:
    box = Mailbox()
    box.put(_message(1))
    box.cut_off()
    with pytest.raises(Interrupted, match=MISSED):
        box.get(0)


def test_a_closed_mailbox_gives_nothing_more() -> None:
    box = Mailbox()
    assert box.get(0) is None
    box.put(_message(1))
    box.close()
    with pytest.raises(Closed):
        box.get(0)
