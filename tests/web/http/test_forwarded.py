"""`X-Forwarded-Host` and `X-Forwarded-Proto`: believed from a trusted proxy only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.networks import parse
from config.settings import Settings
from tests.web.conftest import as_operator, close
from web.app import create_app
from web.http.operators import operator_token

PUBLIC = "video.example"
FORWARDED = {"X-Forwarded-Host": PUBLIC, "X-Forwarded-Proto": "https"}


@pytest.fixture(params=["", "127.0.0.1"], ids=["untrusted", "trusted"])
def behind(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Flask]:
    """A server whose caller, at 127.0.0.1, is a trusted proxy or a stranger."""
    app = create_app(replace(settings, trusted_proxies=parse(request.param)))
    app.extensions["is_trusting"] = bool(request.param)
    yield app
    close(app)


def changes(api: FlaskClient, **headers: str) -> bool:
    """Whether a page may change something; what it asks is incomplete."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = api.post("/session/create", json={}, headers=sent)
    told = (answer.status_code, answer.json["error_code"])
    assert told in {(422, "VALIDATION_FAILED"), (403, "ORIGIN_NOT_ALLOWED")}
    return told[0] == 422


def test_a_page_is_ours_by_what_a_trusted_proxy_says(behind: Flask) -> None:
    api, trusting = behind.test_client(), behind.extensions["is_trusting"]
    ours = {"Origin": f"https://{PUBLIC}"}
    assert not changes(api, **ours)
    assert changes(api, **ours, X_Forwarded_Host=PUBLIC) is trusting
    # The last entry is the trusted proxy's; the others are what its caller made up.
    assert changes(api, **ours, X_Forwarded_Host=f"evil.example, {PUBLIC}") is trusting
    assert not changes(api, **ours, X_Forwarded_Host=f"{PUBLIC}, internal")
    # What the proxy says replaces `Host`.
    assert changes(api, Origin="http://localhost", X_Forwarded_Host=PUBLIC) is not trusting


def test_a_page_without_tls_is_not_ours_behind_tls(behind: Flask) -> None:
    api, trusting = behind.test_client(), behind.extensions["is_trusting"]
    for origin, forwarded, welcome in (
        ("http://localhost", "https", not trusting),
        ("http://localhost", "https, http", True),
        ("http://localhost", "http, https", not trusting),
        ("https://localhost", "https", True),
        ("https://localhost", "http", True),  # TLS may end at a proxy that does not say so
    ):
        assert changes(api, Origin=origin, X_Forwarded_Proto=forwarded) is welcome, forwarded


def test_cookie_and_hsts_follow_a_trusted_proxy(behind: Flask, settings: Settings) -> None:
    api, trusting = behind.test_client(), behind.extensions["is_trusting"]
    proof = {"token": operator_token(settings)}
    host = PUBLIC if trusting else "localhost"
    page = {"Origin": f"https://{host}", "Host": "localhost"}
    answer = api.post("/operate/sign-in", json=proof, headers=page | FORWARDED)
    assert answer.status_code == 200
    assert ("Secure" in answer.headers["Set-Cookie"]) is trusting
    assert ("Strict-Transport-Security" in answer.headers) is trusting


def test_no_answer_contains_the_host_of_a_header(behind: Flask, settings: Settings) -> None:
    api = behind.test_client()
    sent = FORWARDED | {"Host": "inner.example"} | as_operator(settings)
    created = api.post("/session/create", json={"user_id": "a"}, headers=sent)
    upload = api.post("/uploads", headers=sent | {"Tus-Resumable": "1.0.0", "Upload-Length": "9"})
    answers = [created, upload, api.post("/operate/links", headers=sent)]
    answers += [api.get(path, headers=sent) for path in ("/", "/capabilities", "/openapi.json")]
    for answer in answers:
        text = answer.get_data(as_text=True) + json.dumps(dict(answer.headers))
        assert PUBLIC not in text
        assert "inner.example" not in text
