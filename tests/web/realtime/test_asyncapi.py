"""`/asyncapi.json`: a document of its own kind, and every event on the wire is as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import httpx
import pytest
import websocket
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tasks.domain.event_details import DETAILS
from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer
from tests.web.listener import listening
from web.compat.progress import RealtimeProgressManager
from web.control.alerts import Alert
from web.realtime import asyncapi
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits


def validator(kind: str) -> Draft202012Validator:
    """Checks against the schema as it is served; unknown fields of an event are faults here."""
    [schema] = [
        schema
        for schema in asyncapi.document()["components"]["schemas"].values()
        if schema["properties"].get("event_type", {}).get("const") == kind
    ]
    strict = json.loads(json.dumps(schema))
    strict["additionalProperties"] = False
    if "details" in strict["properties"]:
        strict["properties"]["details"]["additionalProperties"] = False
    return Draft202012Validator(strict)


def check(event: dict[str, Any]) -> str:
    kind: str = event["event_type"]
    errors = [f"{error.json_path}: {error.message}" for error in validator(kind).iter_errors(event)]
    assert errors == [], (kind, errors)
    return kind


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_is_served_and_whole(standing: FlaskClient) -> None:
    found = standing.get("/asyncapi.json").get_json()
    assert found == asyncapi.document()
    assert found["asyncapi"] == "3.0.0"
    for reference in set(references(found)):
        place: Any = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    for schema in found["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    routes = {rule.rule for rule in standing.application.url_map.iter_rules()}
    for name in ("websocket", "sse"):
        address = re.sub(r"{(\w+)}", r"<\1>", found["channels"][name]["address"])
        assert address in routes


def test_every_kind_of_event_has_its_schema() -> None:
    assert set(DETAILS) == set(EventType)


def test_examples_of_the_page_are_as_the_document_says() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    assert {check(example) for example in examples} == {kind.value for kind in EventType}


def test_a_schema_refuses_what_is_no_such_event() -> None:
    event = Event(EventType.PIPELINE_CANCELLED, "s", "j", details={"attempt": "1"}).to_dict()
    with pytest.raises(AssertionError, match="attempt"):
        check(event | {"event_id": "1-0"})


def test_alerts_are_as_the_document_says(redis_server: RedisServer) -> None:
    alert = Alert("node-1", "storage", "warning", "healthy", 83.4, 80.0, "2026-11-21T07:15:25Z")
    event = Event(EventType.RESOURCE_ALERT, "operators", details=asdict(alert))
    assert check(EventBus(redis_server.client()).emit(event).to_dict()) == "resource_alert"


def test_every_event_on_the_wire_is_as_the_document_says(shared_deployment: Deployment) -> None:
    """Of a job that succeeds and one that fails, over each transport."""
    deployment = shared_deployment
    address = deployment.start_web()
    with deployment.app.app_context():
        limits = SessionLimits.of(deployment.services.settings)
        failing = lifecycle.create("ada", limits).id
    manager = RealtimeProgressManager(deployment.app)
    lost = manager.start_stage(failing, "voice", 1.0)
    manager.update_stage_progress(failing, "voice", 50)
    manager.complete_stage(failing, "voice", success=False, message="The voice is hoarse.")
    deployment.until_ended(lost)
    session_id, job_id = deployment.accept()
    deployment.until_ended(job_id)
    seen = {
        *(check(event) for event in over_sse(deployment, address, job_id)),
        *(check(event) for event in over_websocket(deployment, address, session_id)),
        *(check(event) for event in over_socketio(deployment, address, session_id, job_id)),
        *(check(event.to_dict()) for event in deployment.ledger(lost)),
    }
    absent = {
        "upload_success",
        "upload_examined",
        "plan_revised",
        "pipeline_cancelled",
        "resource_alert",
        "consent_withdrawn",
    }
    assert seen == {kind.value for kind in EventType} - absent | {"snapshot"}


def over_sse(deployment: Deployment, address: str, job_id: str) -> list[dict[str, Any]]:
    url = f"{address}/process/{job_id}/events"
    text = httpx.get(url, headers=deployment.operator, timeout=30).text
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def over_websocket(
    deployment: Deployment, address: str, session_id: str
) -> Iterator[dict[str, Any]]:
    url = f"{address.replace('http', 'ws')}/progress/{session_id}?last_event_id=0-0"
    client = websocket.create_connection(url, timeout=20, header=deployment.operator)
    try:
        event = {"event_type": ""}
        while event["event_type"] != "pipeline_completed":
            event = json.loads(client.recv())
            yield event
    finally:
        client.shutdown()


def over_socketio(
    deployment: Deployment, address: str, session_id: str, job_id: str
) -> Iterator[dict[str, Any]]:
    with listening(address, deployment.operator) as listener:
        token = deployment.operator["Authorization"].removeprefix("Bearer ")
        answer = listener.subscribe(session_id, last_event_id="0-0", token=token)
        assert answer["ok"], answer
        while True:
            event = listener.next()
            yield event
            if event["event_type"] == "pipeline_completed":
                return
