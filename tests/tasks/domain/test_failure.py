"""Failures: from an error over events to the end of a job."""

from __future__ import annotations

import pytest

from tasks.domain.errors import ProviderUnavailable
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.domain.wire import Malformed

FAILURE = Failure.of_error(ProviderUnavailable("It is busy.", retry_after=3.0))


def stage_failed(**details: object) -> Event:
    sent = FAILURE.of_stage() | {"engine": "piper", "attempt": 1} | details
    return Event(EventType.STAGE_FAILED, "s", "j", "voice", 2, details=sent)


def test_a_failure_keeps_its_values_on_the_way_through_events() -> None:
    read = Failure.of_event(Event.from_json(stage_failed().to_json()))
    assert read.of_stage() == FAILURE.of_stage()
    assert read.of_job() == {
        "error_code": ProviderUnavailable.code,
        "user_message": "It is busy.",
        "stage": "voice",
        "scene": 2,
        "engine": "piper",
        "retry_after": 3.0,
    }


@pytest.mark.parametrize("name", ["error_code", "user_message", "retryable"])
def test_an_incomplete_failure_is_malformed(name: str) -> None:
    event = stage_failed()
    del event.details[name]
    with pytest.raises(Malformed, match=name):
        Failure.of_event(event)


def test_a_worker_cannot_set_the_reason_for_operators() -> None:
    assert "reason" not in Failure.of_event(stage_failed(reason="mine")).of_job()
