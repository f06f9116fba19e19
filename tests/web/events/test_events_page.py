"""`docs/events.md` and `docs/errors.md` against what is really said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tasks.domain.errors import tree
from tasks.domain.events import SCHEMA_VERSION, Event, EventType, id_order
from tests.deployment import House
from tests.services.waiting import until
from web import errors
from web.compat.progress import RealtimeProgressManager
from web.jobs import submission
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def examples() -> dict[str, dict[str, Any]]:
    """The example under each heading that is an event's name."""
    page = (DOCS / "events.md").read_text(encoding="utf-8")
    found = re.findall(r"^## `(\w+)`\n.*?```json\n(.*?)```", page, flags=re.DOTALL | re.MULTILINE)
    return {name: json.loads(text) for name, text in found}


def test_the_page_has_every_event(examples: dict[str, dict[str, Any]]) -> None:
    assert list(examples) == [kind.value for kind in EventType]


def test_examples_are_events(examples: dict[str, dict[str, Any]]) -> None:
    for name, example in examples.items():
        event = Event.from_dict(example)
        assert event.to_dict() == example
        assert event.event_type == name
        assert event.version == SCHEMA_VERSION
        assert id_order(event.event_id) > (0, 0)


def test_examples_say_what_is_really_said(
    unhurried: House, examples: dict[str, dict[str, Any]]
) -> None:
    house = unhurried  # a stage that is quickly done says nothing on its way
    house.start_control()
    with house.app.app_context():
        session_id = lifecycle.create("ada", SessionLimits.of(house.services.settings)).id
    manager = RealtimeProgressManager(house.app)
    broken = manager.start_stage(session_id, "voice", 1.0)
    manager.complete_stage(session_id, "voice", success=False, message="Hoarse.")
    house.until_ended(broken)
    cancelled = manager.start_stage(session_id, "voice", 1.0)
    with house.app.app_context():
        submission.cancel(house.services, cancelled)
    house.until_ended(cancelled)
    house.start_workers("lite")
    _, made = house.submit(script="One scene and no more.")
    house.until_ended(made)
    until(lambda: house.ledger(made)[-1].event_type.terminal, "the end is in the ledger")
    until(lambda: house.ledger(cancelled)[-1].event_type.terminal, "so is the other")
    said = [event for job in (broken, cancelled, made) for event in house.ledger(job)]
    told = {event.event_type: event for event in said}
    assert set(told) == set(EventType) - {"upload_success", "resource_alert", "plan_revised"}
    for kind, event in told.items():
        assert set(event.details) == set(examples[kind]["details"]), kind


def test_the_errors_page_has_every_code() -> None:
    assert errors.BY_STATUS
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", page, flags=re.MULTILINE)
    assert {(code, int(status)) for code, status in said} == {(e.code, e.status) for e in tree()}
    assert len(said) == len({code for code, _ in said})
