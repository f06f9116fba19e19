"""Who may call operators' routes: only those with the token, from anywhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from config.secret_files import OPERATOR_TOKEN, ensure_secret, read_secret
from config.settings import Settings
from tasks.telemetry.metrics_server import metrics_token
from tests.web.conftest import as_operator, close
from tests.web.people import sign_up
from web.app import create_app
from web.errors import OperatorsOnly
from web.http.operators import GUARD, is_guarded, is_operator, operator_token, operators_only

OPERATORS = {
    ("GET", "/cache"),
    ("GET", "/dead-letters"),
    ("GET", "/dead-letters/<letter_id>"),
    ("POST", "/dead-letters/<letter_id>/retry"),
    ("DELETE", "/dead-letters/<letter_id>"),
    ("GET", "/estimates"),
    ("GET", "/load"),
    ("GET", "/metrics"),
    ("GET", "/metrics/targets"),
    ("GET", "/operations"),
    ("GET", "/quarantine"),
    ("GET", "/sessions"),
    ("POST", "/cleanup"),
    ("POST", "/jobs/redrive"),
    ("POST", "/quarantine/<file_id>/release"),
    ("DELETE", "/quarantine/<file_id>"),
    ("POST", "/session/<session_id>/end"),
    ("POST", "/workers/<name>/drain"),
    ("POST", "/workers/<name>/resume"),
}
"""Routes that must be guarded; others may be."""

GARBAGE: tuple[dict[str, object], ...] = (
    {},
    {"json": {"emergency": "maybe", "unknown": [1]}},
    {"json": ["no", "object"]},
    {"data": b"{", "content_type": "application/json"},
    {"data": b"\xff\xfe", "content_type": "text/plain"},
    {"query_string": {"hours": "garbage", "session_id": "x" * 500}},
)


def guarded_rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], GUARD, None):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


def test_every_route_of_operators_is_guarded(app: Flask) -> None:
    assert {(method, rule.rule) for method, rule in guarded_rules(app)} >= OPERATORS


def test_unauthorised_request_is_refused_before_parsing(app: Flask, api: FlaskClient) -> None:
    for method, rule in guarded_rules(app):
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x")
        for sent in GARBAGE:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp4"}):
                answer = api.open(path, method=method, headers=headers, **sent)
                told = (answer.status_code, answer.json["error_code"])
                assert told == (403, "OPERATORS_ONLY"), (method, path, sent)


def test_operator_token_gives_access(api: FlaskClient, settings: Settings) -> None:
    headers = as_operator(settings)
    assert api.get("/sessions", headers=headers).status_code == 200
    assert api.get("/operations?hours=garbage", headers=headers).status_code == 422
    lower = {"Authorization": headers["Authorization"].replace("Bearer", "bearer")}
    assert api.get("/sessions", headers=lower).status_code == 200


def test_configured_token_creates_no_file(settings: Settings) -> None:
    app = create_app(replace(settings, operator_token="chosen"))
    headers = {"Authorization": "Bearer chosen"}
    assert app.test_client().get("/sessions", headers=headers).status_code == 200
    assert read_secret(settings.state, OPERATOR_TOKEN) == ""
    close(app)


def test_token_is_generated_once_and_readable_by_owner_only(
    tmp_path: Path, settings: Settings
) -> None:
    before = os.umask(0)
    try:
        with ThreadPoolExecutor(8) as pool:
            made = set(
                pool.map(lambda _: ensure_secret(tmp_path / "new", OPERATOR_TOKEN), range(32))
            )
    finally:
        os.umask(before)
    assert len(made) == 1
    place = tmp_path / "new"
    assert [path.name for path in place.iterdir()] == [OPERATOR_TOKEN]
    assert stat.S_IMODE((place / OPERATOR_TOKEN).stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert operator_token(replace(settings, state=place)) in made
    assert len(made.pop()) >= 32


@pytest.mark.parametrize("mark", ["é", "\udce9"])
def test_token_with_odd_characters_is_refused(api: FlaskClient, mark: str) -> None:
    answer = api.get("/sessions", environ_overrides={"HTTP_AUTHORIZATION": f"Bearer {mark}"})
    assert answer.status_code == 403


def test_token_that_a_socket_sends_is_that_of_an_operator_or_of_a_user_with_the_role(
    app: Flask, api: FlaskClient, settings: Settings
) -> None:
    user = sign_up(api)
    operator = sign_up(api, "op@example.com", role="operator")
    with app.test_request_context():
        assert is_operator(operator_token(settings))
        assert is_operator(operator.access)
        for given in (user.access, operator.access + "x", "wrong", "", 5, [operator.access]):
            assert not is_operator(given), given
    assert api.get("/sessions", headers=operator.headers).status_code == 200
    assert api.get("/sessions", headers=user.headers).status_code == 403


def test_a_restricted_function_checks_by_itself_too(app: Flask, settings: Settings) -> None:
    restricted = operators_only(lambda: "secret")
    with app.test_request_context(), pytest.raises(OperatorsOnly):
        restricted()
    with app.test_request_context(headers=as_operator(settings)):
        assert restricted() == "secret"


@pytest.mark.parametrize(("path", "guarded"), [("/sessions", True), ("/livez", False)])
def test_it_is_known_whether_a_route_is_restricted(app: Flask, path: str, guarded: bool) -> None:
    with app.test_request_context(path):
        assert is_guarded() is guarded
    with app.test_request_context("/no/such/page"):
        assert not is_guarded()


def test_the_token_of_monitoring_reads_metrics_and_nothing_else(
    api: FlaskClient, settings: Settings
) -> None:
    headers = {"Authorization": f"Bearer {metrics_token(settings)}"}
    assert api.get("/metrics", headers=headers).status_code == 200
    assert api.get("/metrics", headers=as_operator(settings)).status_code == 200
    assert api.get("/sessions", headers=headers).status_code == 403
