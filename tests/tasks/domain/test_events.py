"""Events of other processes are accepted up to each limit, and their ids are numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.events import LATEST_MILLISECONDS, Event, EventType, id_order, require_id
from tasks.domain.wire import Malformed

LATEST_ID = f"{LATEST_MILLISECONDS}-{2**31 - 1}"


def event(**fields: Any) -> Event:
    return Event.from_dict({"event_type": "progress_update", "session_id": "s"} | fields)


@pytest.mark.parametrize(
    ("name", "largest", "too_large"),
    [
        ("session_id", "x" * 64, "x" * 65),
        ("job_id", "x" * 64, "x" * 65),
        ("stage", "x" * 32, "x" * 33),
        ("message", "x" * 20_000, "x" * 20_001),
        ("scene", 100_000, 100_001),
        ("scene", 0, -1),
        ("progress_percent", 100.0, 100.5),
        ("progress_percent", 0.5, -0.5),
        ("event_id", LATEST_ID, f"{LATEST_MILLISECONDS + 1}-0"),
        ("event_id", "7", "seven"),
        ("event_id", "7-1", f"7-{2**31}"),
    ],
)
def test_a_field_has_its_limit(name: str, largest: Any, too_large: Any) -> None:
    assert getattr(event(**{name: largest}), name) == largest
    with pytest.raises(Malformed):
        event(**{name: too_large})


@pytest.mark.parametrize("raw", [None, [], {"session_id": "s"}, {"event_type": "other"}])
def test_what_is_no_event_is_malformed(raw: Any) -> None:
    with pytest.raises(Malformed):
        Event.from_dict(raw)


@pytest.mark.parametrize(
    ("percent", "eta", "expected"),
    [
        ("0", "", (0.0, None, None)),
        ("0.5", "2 1 3", (0.5, 2.0, (1.0, 3.0))),
        ("100", "0 0 0", (100.0, 0.0, (0.0, 0.0))),
        ("7", "1 2 inf", (7.0, None, None)),
        ("7", "nan 1 2", (7.0, None, None)),
    ],
)
def test_an_event_gets_its_progress_and_estimate(percent: str, eta: str, expected: object) -> None:
    stamped = event().stamped("7-1", percent, eta)
    assert stamped.event_id == "7-1"
    assert (stamped.progress_percent, stamped.eta_seconds, stamped.eta_range) == expected


@pytest.mark.parametrize(
    "values",
    [
        ("x", "1", ""),
        ("7-1", "-0.5", ""),
        ("7-1", "100.5", ""),
        ("7-1", "much", ""),
        ("7-1", "1", "1"),
        ("7-1", "1", "1 2"),
        ("7-1", "1", "1 2 3 4"),
        ("7-1", "1", "1 2 x"),
    ],
)
def test_values_of_the_script_are_checked(values: tuple[str, str, str]) -> None:
    with pytest.raises(Malformed):
        event().stamped(*values)


def test_ids_are_ordered_as_numbers_and_one_without_a_sequence_is_the_first() -> None:
    assert id_order("9") == (9, 0)
    assert id_order("10-2") == (10, 2)
    require_id(LATEST_ID)


def test_a_milestone_is_known_again_by_its_round() -> None:
    once = event(event_type="stage_completed", job_id="j", stage="voice", scene=1)
    assert once.milestone == ("j", EventType.STAGE_COMPLETED, None, "voice", 1)
    revised = event(event_type="plan_revised", job_id="j", details={"revision": 2, "attempt": 5})
    assert revised.milestone == ("j", EventType.PLAN_REVISED, 2, None, None)
    failed = event(event_type="pipeline_failed", job_id="j", details={"revision": 2, "attempt": 5})
    assert failed.milestone == ("j", EventType.PIPELINE_FAILED, 5, None, None)
    assert event(event_type="stage_completed").milestone is None
    assert event(job_id="j").milestone is None


def test_an_event_is_written_as_it_is_read() -> None:
    full = event(
        event_id="7-1",
        job_id="j",
        stage="voice",
        scene=1,
        message="Fertig: é",
        details={"a": 1},
        progress_percent=5.0,
        eta_seconds=2.0,
        eta_range=[1.0, 3.0],
    )
    assert Event.from_json(full.to_json()) == full
    assert "é" in full.to_json()
    assert "\ufffd" not in full.to_json()
    assert Event(EventType.RESOURCE_ALERT, "s", message="\ud800").to_json().count("?") == 1
