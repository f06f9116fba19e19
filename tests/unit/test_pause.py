"""A pause counts from the delivery, whatever the clock of who sent the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from kombu import Message

import gpu_worker.tasks  # noqa: F401  the tasks are registered
from config.settings import read
from gpu_worker import pause
from tasks.app import make_app
from tasks.routing import STAGE_TASKS


@pytest.mark.parametrize("days", [-2, 0, 2])
def test_a_pause_counts_from_the_delivery(days: int) -> None:
    app = make_app(read({}))
    task = app.tasks[STAGE_TASKS["voice"]]
    assert task.Request == f"{pause.__name__}:{pause.Request.__name__}"
    due = datetime.now(UTC) + timedelta(days=days)
    headers = pause.headers({"id": "job.1.voice.0", "task": task.name, "eta": due.isoformat()}, 2)
    began = datetime.now(UTC)
    request = pause.Request(
        Message(body="", delivery_info={}, properties={}),
        app=app,
        task=task,
        headers=headers,
        body=([], {}, {}),
        decoded=True,
        utc=True,
    )
    ended = datetime.now(UTC)
    wait = timedelta(seconds=2)
    assert request.eta is not None
    assert began + wait <= request.eta <= ended + wait
