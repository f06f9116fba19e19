"""Errors that no view raised on purpose."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.caller import Caller, problem


def test_unknown_path_is_not_found(caller: Caller) -> None:
    problem(caller.http.get("/nothing/here"), 404, "NOT_FOUND")


def test_unsupported_method_is_refused(caller: Caller) -> None:
    answer = caller.http.delete("/session/create")
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert "POST" in answer.headers["allow"]


def test_a_body_that_is_not_json(caller: Caller) -> None:
    headers = {"Content-Type": "application/json"}
    answer = caller.http.post("/session/create", content=b"{", headers=headers)
    problem(answer, 400, "BAD_REQUEST")
    assert "JSON" in answer.json()["user_message"]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"7", b"\xff"])
def test_a_body_that_is_not_an_object(caller: Caller, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = caller.http.post("/session/create", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["error_code"] in ("BAD_REQUEST", "VALIDATION_FAILED")


def test_a_body_that_is_too_large(caller: Caller) -> None:
    answer = caller.http.post("/session/create", json={"user_id": "x" * 600_000})
    problem(answer, 413, "REQUEST_TOO_LARGE")


def test_unexpected_error_is_logged_but_not_disclosed(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("secret of /etc/passwd")

    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/broken", headers={"X-Request-ID": "mine-1"})
    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["error_code"] == "INTERNAL_ERROR"
    assert answer.json["request_id"] == "mine-1"
    assert "secret" not in answer.text
    [record] = [r for r in caplog.records if r.exc_info]
    assert record.request_id == "mine-1"  # type: ignore[attr-defined]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "naïve"])
def test_unsafe_request_id_is_replaced(api: FlaskClient, given: str) -> None:
    answer = api.get("/livez", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 16
