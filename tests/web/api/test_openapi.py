"""The OpenAPI document, and the page that is made of it."""

from __future__ import annotations

import json
import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from config.version import VERSION
from docs.generate import refusals
from docs.generate.examples import WITHOUT_EXAMPLE
from tasks.domain.errors import ValidationFailed, tree
from tasks.domain.events import Event, EventType
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller
from tests.web.projects.test_projects import planned
from web.api import chat_stream, operation_ids
from web.api.examples import examples
from web.realtime import asyncapi


@pytest.fixture(scope="module")
def document(standing: FlaskClient) -> dict[str, Any]:
    """The document; making it costs more than what is tested with it."""
    found: dict[str, Any] = standing.get("/openapi.json").get_json()
    return found


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["x-callsheet-version"] == VERSION
    validate(document)


def test_every_route_is_documented(app: Flask, document: dict[str, Any]) -> None:
    rules = (rule for rule in app.url_map.iter_rules() if not rule.websocket)
    ours = {re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule) for rule in rules}
    assert set(document["paths"]) == ours - {"/openapi.json"}


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    operations = [
        (path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(operations) > 20
    for path, operation in operations:
        assert operation.get("summary"), path
        for response in operation["responses"].values():
            assert "$ref" in response or response["description"], path


def test_every_error_code_is_documented(document: dict[str, Any]) -> None:
    assert {entry["code"] for entry in document["x-error-codes"]} == {e.code for e in tree()}


def test_whole_numbers_in_a_query_are_read(api: FlaskClient, document: dict[str, Any]) -> None:
    """A query has only texts, so a schema that takes nothing but numbers refuses all of them."""
    asked = [
        (re.sub(r"{\w+}", "x", path), parameter["name"], schema.get("minimum", 1))
        for path, item in document["paths"].items()
        for parameter in item.get("get", {}).get("parameters", [])
        if parameter.get("in") == "query"
        and (schema := parameter["schema"]).get("type") in ("integer", ["integer", "null"])
    ]
    assert len(asked) > 10
    refused = [
        (path, name)
        for path, name, value in asked
        if "whole number" in api.get(path, query_string={name: int(value)}).text
    ]
    assert refused == []


def test_answers_fit_their_schemas(
    caller: Caller, document: dict[str, Any], redis_server: RedisServer
) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated())
    session_id = caller.ready_session()
    started = caller.start(session_id)
    job_id = started.json()["job_id"]
    http = caller.http
    answers = {
        ("post", "/session/create"): http.post("/session/create", json={"user_id": "ada"}),
        ("post", "/upload/face"): caller.face(session_id),
        ("post", "/process/start"): started,
        ("get", "/process/{job_id}"): http.get(f"/process/{job_id}"),
        ("post", "/process/{job_id}/cancel"): http.post(f"/process/{job_id}/cancel"),
        ("get", "/session/{session_id}/status"): http.get(f"/session/{session_id}/status"),
        ("get", "/outputs/{session_id}"): http.get(f"/outputs/{session_id}"),
        ("get", "/capabilities"): http.get("/capabilities"),
        ("get", "/workers"): http.get("/workers"),
        ("get", "/readyz"): http.get("/readyz"),
        ("get", "/livez"): http.get("/livez"),
        ("get", "/process/{job_id}#404"): http.get("/process/none"),
    }
    for (method, path), answer in answers.items():
        operation = document["paths"][path.partition("#")[0]][method]
        assert answer.status_code in {200, 201, 202, 404, 503}, f"{method} {path}: {answer.text}"
        response = operation["responses"][str(answer.status_code)]
        media_type = answer.headers["content-type"].partition(";")[0]
        schema = response["content"][media_type]["schema"]
        validator = OAS31Validator({"components": document["components"], **schema})
        validator.validate(answer.json())


def test_every_operation_has_an_example(document: dict[str, Any]) -> None:
    """`make examples` records them; a new operation needs a test that calls it with success."""
    rows = {f"{method.upper()} {path}" for path, method, _ in operations(document)}
    assert rows - set(examples()) == set(WITHOUT_EXAMPLE) & rows
    assert set(examples()) <= rows  # none is left of a route that is gone


def test_recorded_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    """`make examples` records them again."""
    wrong = {}
    for path, method, operation in operations(document):
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (c for part in parts for c in part.get("content", {}).values()):
            if "example" in content and content["schema"].get("type") != "string":
                validator = OAS31Validator(
                    {"components": document["components"], **content["schema"]}
                )
                for error in validator.iter_errors(content["example"]):
                    if error.validator == "required":
                        continue  # a field that is newer than the example
                    wrong[f"{method.upper()} {path} {error.json_path}"] = error.message
    assert wrong == {}


def streamed(text: str) -> list[dict[str, Any]]:
    """The events of a stream, as a client parses them."""
    fields = [
        dict(line.split(": ", 1) for line in block.splitlines())
        for block in text.split("\n\n")[:-1]
    ]
    return [{"event": one["event"], "data": json.loads(one["data"])} for one in fields]


def test_the_streamed_chat_is_documented_as_it_is_sent(
    standing: FlaskClient, document: dict[str, Any]
) -> None:
    operation = document["paths"]["/api/projects/{project_id}/chat"]["post"]
    content = operation["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}
    described = content["text/event-stream"]["schema"]["contentSchema"]
    validator = OAS31Validator({"components": document["components"], **described})
    said = {"json": {"message": "no music"}, "headers": {"Accept": "text/event-stream"}}
    answered = streamed(standing.post(f"{planned(standing)}/chat", **said).text)
    failure: Future[dict[str, Any]] = Future()
    failure.set_exception(ValidationFailed())
    begun = {"project_id": "prj_1", "plan_revision": 1}
    failed = streamed("".join(chat_stream.lines(begun, failure)))
    messages = asyncapi.document()["components"]["schemas"]
    for events, ends in ((answered, "answer"), (failed, "error")):
        assert [event["event"] for event in events] == ["started", ends]
        validator.validate(events)
        for event in events:
            schema = messages[chat_stream.EVENTS[event["event"]].__name__]
            Draft202012Validator(schema).validate(event["data"])
    assert not validator.is_valid([{"event": "started", "data": {}}])


def test_page_is_self_contained(api: FlaskClient) -> None:
    page = api.get("/docs")
    assert page.content_type.startswith("text/html")
    linked = re.findall(r'(?:src|href)="([^"#][^"]*)"', page.text)
    assert {"/docs/docs.js", "/docs/docs.css", "/openapi.json"} <= set(linked)
    for link in linked:
        assert link.startswith(("/", "data:")), link
        if link.startswith("/"):
            assert api.get(link).status_code == 200, link
    for name in ("docs.js", "search.js", "docs.css"):
        text = api.get(f"/docs/{name}").text
        assert "http://" not in text
        assert "https://" not in text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_page_has_no_unknown_files(api: FlaskClient) -> None:
    for name in ("docs.html", "..%2fdocs.py", "x"):
        assert api.get(f"/docs/{name}").status_code == 404


def test_pages_of_other_origins_may_send_every_header(
    standing: FlaskClient, document: dict[str, Any]
) -> None:
    """A browser asks first which headers a page may send."""
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PUT"}
    answer = standing.options("/api/projects/x/plan", headers=headers)
    allowed = {name.strip().lower() for name in answer.access_control_allow_headers or ()}
    documented = {
        parameter["name"].lower()
        for path, item in document["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict) and "stripe" not in path
        for parameter in operation.get("parameters", [])
        if parameter.get("in") == "header"
    }
    assert "if-match" in documented
    assert documented <= allowed


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


VERBS = re.compile(
    "add|analyze|append|cancel|change|check|clean|close|confirm|create|delete|download"
    "|drain|end|estimate|export|finish|generate|get|grant|list|log|open|override|quote"
    "|receive|redeliver|redrive|refresh|regenerate|register|reinstate|reject|release"
    "|remove|rename|replace|replay|request|resend|reset|resolve|restore|resume|retry"
    "|revoke|rotate|send|set|show|sign|start|stream|suspend|test|unsubscribe|upload"
    "|verify|withdraw"
)


def test_operation_ids_are_unique_and_begin_with_a_verb(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(set(ids)) == sorted(ids)
    for operation_id in ids:
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", operation_id), operation_id
        # A new route: name it in web/api/operation_ids.py.
        assert VERBS.fullmatch(re.split("[A-Z]", operation_id)[0]), operation_id


def test_operation_ids_name_routes_that_exist(app: Flask) -> None:
    assert set(operation_ids.IDS) <= set(app.view_functions)


def test_every_documented_refusal_is_a_known_error(document: dict[str, Any]) -> None:
    known = {(error.code, str(error.status)) for error in tree()}
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if list(response.get("content", {})) == ["application/problem+json"]:
                for code in response["description"].split(" or "):
                    assert (code, status) in known, f"{method} {path} {status} {code}"


def test_every_operation_names_its_credentials(document: dict[str, Any]) -> None:
    schemes = set(document["components"]["securitySchemes"])
    by_id = {o["operationId"]: o["security"] for _, _, o in operations(document)}
    assert all(set(one) <= schemes for choices in by_id.values() for one in choices)
    assert by_id["getAccount"] == [{"bearer": []}]
    assert by_id["drainWorker"] == [{"bearer": []}]
    assert by_id["getCredits"] == [{"bearer": []}, {"apiKey": []}]
    assert by_id["getJob"] == [{"session": []}, {"bearer": []}, {"apiKey": []}]
    assert {} in by_id["startJob"]


def test_what_a_route_answers_undeclared_is_found(document: dict[str, Any], tmp_path: Path) -> None:
    """`make examples` looks at every answer that its tests have seen."""
    seen = (
        ("/process/start", "POST", 422, "IDEMPOTENCY_KEY_REUSED"),
        ("/api/projects/<project_id>/chat", "POST", 401, "LOGIN_REQUIRED"),
        ("/api/jobs", "GET", 403, "EMAIL_NOT_VERIFIED"),
        ("/process/<job_id>/events", "GET", 503, "TOO_MANY_CLIENTS"),
        ("/api/jobs", "GET", 422, "NO_FACE"),
        ("/process/start", "POST", 418, "TEAPOT"),
    )
    recorded = tmp_path / "exchanges.jsonl"
    lines = [
        {"rule": rule, "method": method, "status": status, "json": {"error_code": code}, "test": ""}
        for rule, method, status, code in seen
    ]
    recorded.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert list(refusals.undeclared(recorded, document)) == [
        *("GET /api/jobs 422 NO_FACE", "POST /process/start 418 TEAPOT")
    ]


def test_words_come_from_exactly_one_source(document: dict[str, Any]) -> None:
    schema = {"components": document["components"], "$ref": "#/components/schemas/StartJob"}
    validator = OAS31Validator(schema)
    for sent, fits in (
        ({"script": "Hello."}, True),
        ({"topic": "Bees"}, True),
        ({"use_audio_as_is": True}, True),
        ({"script": "Hello.", "use_audio_as_is": False}, True),
        ({}, False),
        ({"use_audio_as_is": False}, False),
        ({"script": "Hello.", "topic": "Bees"}, False),
        ({"script": "Hello.", "use_audio_as_is": True}, False),
    ):
        assert validator.is_valid({"session_id": "s"} | sent) == fits, sent


def test_an_event_fits_its_schema(document: dict[str, Any]) -> None:
    schema = {"components": document["components"], "$ref": "#/components/schemas/Event"}
    event = Event(EventType.PROGRESS_UPDATE, "s", "j", "voice", 1).numbered("5-0", 12.5, "3 1 9")
    OAS31Validator(schema).validate(event.to_dict())
    OAS31Validator(schema).validate(Event(EventType.UPLOAD_SUCCESS, "s").to_dict())
    assert not OAS31Validator(schema).is_valid(event.to_dict() | {"eta_range": [1.0]})
    stream = document["paths"]["/process/{job_id}/events"]["get"]["responses"]["200"]["content"]
    described = stream["text/event-stream"]["schema"]["contentSchema"]
    sent = {"id": event.event_id, "event": event.event_type.value, "data": event.to_dict()}
    validator = OAS31Validator({"components": document["components"], **described})
    validator.validate([sent])
    assert not validator.is_valid([sent | {"event": "message"}])
