"""The OpenAPI document, and the page that is made of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from tasks.domain.errors import tree
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller


@pytest.fixture
def document(api: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").get_json()
    return found


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_is_documented(app: Flask, document: dict[str, Any]) -> None:
    rules = (rule for rule in app.url_map.iter_rules() if not rule.websocket)
    ours = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in rules} - {"/openapi.json"}
    assert set(document["paths"]) == ours


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
        response = operation["responses"][str(answer.status_code)]
        media_type = answer.headers["content-type"].partition(";")[0]
        schema = response["content"][media_type]["schema"]
        validator = OAS31Validator({"components": document["components"], **schema})
        validator.validate(answer.json())


def test_page_is_self_contained(api: FlaskClient) -> None:
    page = api.get("/docs")
    assert page.content_type.startswith("text/html")
    linked = re.findall(r'(?:src|href)="([^"#][^"]*)"', page.text)
    assert {"/docs/docs.js", "/docs/docs.css", "/openapi.json"} <= set(linked)
    for link in linked:
        assert link.startswith(("/", "data:")), link
        if link.startswith("/"):
            assert api.get(link).status_code == 200, link
    for name in ("docs.js", "docs.css"):
        text = api.get(f"/docs/{name}").text
        assert "http://" not in text
        assert "https://" not in text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_page_has_no_unknown_files(api: FlaskClient) -> None:
    for name in ("docs.html", "..%2fdocs.py", "x"):
        assert api.get(f"/docs/{name}").status_code == 404
