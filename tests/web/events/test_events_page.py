"""`docs/events.md` and `docs/errors.md` against what is really said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tasks.domain.errors import tree
from tasks.domain.events import SCHEMA_VERSION, Event, EventType, id_order
from tests.deployment import Deployment
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
    slow_deployment: Deployment, examples: dict[str, dict[str, Any]]
) -> None:
    deployment = slow_deployment  # a stage that is quickly done says nothing on its way
    deployment.start_control()
    with deployment.app.app_context():
        session_id = lifecycle.create("ada", SessionLimits.of(deployment.services.settings)).id
    manager = RealtimeProgressManager(deployment.app)
    broken = manager.start_stage(session_id, "voice", 1.0)
    manager.complete_stage(session_id, "voice", success=False, message="Hoarse.")
    deployment.until_ended(broken)
    cancelled = manager.start_stage(session_id, "voice", 1.0)
    with deployment.app.app_context():
        submission.cancel(deployment.services, cancelled)
    deployment.until_ended(cancelled)
    deployment.start_workers("lite")
    _, made = deployment.submit(script="One scene and no more.")
    deployment.until_ended(made)
    until(lambda: deployment.ledger(made)[-1].event_type.terminal, "the end is in the ledger")
    until(lambda: deployment.ledger(cancelled)[-1].event_type.terminal, "so is the other")
    said = [event for job in (broken, cancelled, made) for event in deployment.ledger(job)]
    told = {event.event_type: event for event in said}
    assert set(told) == set(EventType) - {
        *("upload_success", "upload_examined", "resource_alert", "plan_revised"),
        "consent_withdrawn",
    }
    for kind, event in told.items():
        assert set(event.details) == set(examples[kind]["details"]), kind


def test_the_errors_page_has_every_code() -> None:
    assert errors.BY_STATUS
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", page, flags=re.MULTILINE)
    assert {(code, int(status)) for code, status in said} == {(e.code, e.status) for e in tree()}
    assert len(said) == len({code for code, _ in said})
