"""A pause counts from the delivery, whatever the clock of who sent the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from kombu import Message

import gpu_worker.tasks  # noqa: F401  the tasks are registered
from config.settings import read
from gpu_worker.process import delayed_messages
from tasks.messaging.app import make_app
from tasks.messaging.routing import STAGE_TASKS


def _delivered(due: datetime, *, again: bool = False) -> delayed_messages.Request:
    """A message that pauses for two seconds, by the clock of who sent it until `due`."""
    app = make_app(read({}))
    task = app.tasks[STAGE_TASKS["voice"]]
    assert task.Request == f"{delayed_messages.__name__}:{delayed_messages.Request.__name__}"
    sent = {"id": "job.1.voice.0", "task": task.name, "eta": due.isoformat()}
    return delayed_messages.Request(
        Message(body="", delivery_info={"redelivered": again}, properties={}),
        app=app,
        task=task,
        headers=delayed_messages.headers(sent, 2),
        body=([], {}, {}),
        decoded=True,
        utc=True,
    )


@pytest.mark.parametrize("days", [-2, 0, 2])
def test_a_pause_counts_from_the_delivery(days: int) -> None:
    began = datetime.now(UTC)
    request = _delivered(began + timedelta(days=days))
    ended = datetime.now(UTC)
    wait = timedelta(seconds=2)
    assert request.eta is not None
    assert began + wait <= request.eta <= ended + wait


def test_a_redelivered_message_is_not_paused_again() -> None:
    assert _delivered(datetime.now(UTC), again=True).eta is None
