"""An operator's browser: signed in by a link that works once or by the token, and out again."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
import socketio
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from config.networks import parse
from config.settings import Settings
from tests.services.redis_server import RedisServer
from tests.web.conftest import as_operator, close
from web.app import create_app
from web.cli.__main__ import main
from web.cli.commands.exit_codes import ExitCode
from web.http import signing_in
from web.http.operators import operator_token

OWN = {"Origin": "http://localhost"}
FOREIGN = {"Origin": "https://evil.example"}


def link(api: FlaskClient, settings: Settings) -> str:
    made = api.post("/operate/links", headers=as_operator(settings))
    assert made.status_code == 201, made.text
    return str(made.json["path"]).removeprefix("/operate#link=")


def enter(api: FlaskClient, proof: dict[str, Any], headers: dict[str, str] = OWN) -> Any:
    return api.post("/operate/sign-in", json=proof, headers=headers)


def cookie(answer: Any) -> Any:
    [morsel] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    return morsel


def test_a_link_signs_one_browser_in_once(app: Flask, settings: Settings) -> None:
    first, second = app.test_client(), app.test_client()
    code = link(first, settings)
    assert first.get("/sessions").status_code == 403
    answer = enter(first, {"link": code})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    morsel = cookie(answer)
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
    assert int(morsel["max-age"]) <= 12 * 3600
    assert operator_token(settings) not in morsel.value
    assert first.get("/sessions").status_code == 200
    again = enter(second, {"link": code})
    assert (again.status_code, again.json["error_code"]) == (403, "OPERATOR_LINK_EXPIRED")
    assert "Set-Cookie" not in again.headers
    assert second.get("/sessions").status_code == 403


def test_a_link_expires(api: FlaskClient, settings: Settings, redis_server: RedisServer) -> None:
    code = link(api, settings)
    with redis_server.client() as client:
        [kept] = client.keys("callsheet:operator-link:*")
        assert code not in kept
        assert 0 < client.ttl(kept) <= signing_in.LINK_SECONDS
        client.expire(kept, 0)
    assert enter(api, {"link": code}).json["error_code"] == "OPERATOR_LINK_EXPIRED"


def test_the_token_signs_in_and_nothing_else_does(api: FlaskClient, settings: Settings) -> None:
    wrong: tuple[dict[str, Any], ...] = ({"token": "wrong"}, {"token": "é"})
    for proof in wrong:
        answer = enter(api, proof)
        assert (answer.status_code, answer.json["error_code"]) == (403, "OPERATORS_ONLY")
    for garbage in ({}, {"link": "a", "token": "b"}, {"token": 5}, {"token": None}):
        assert enter(api, garbage).status_code == 422
    token = operator_token(settings)
    assert enter(api, {"token": token}, FOREIGN).json["error_code"] == "ORIGIN_NOT_ALLOWED"
    assert enter(api, {"token": token}).status_code == 200
    assert api.get("/quarantine").status_code == 200


def test_sign_out_ends_every_copy_of_the_cookie(app: Flask, settings: Settings) -> None:
    api, thief = app.test_client(), app.test_client()
    morsel = cookie(enter(api, {"token": operator_token(settings)}))
    thief.set_cookie(morsel.key, morsel.value)
    assert thief.get("/sessions").status_code == 200
    assert api.post("/operate/sign-out", headers=FOREIGN).status_code == 403
    out = api.post("/operate/sign-out", headers=OWN)
    assert out.status_code == 204
    assert cookie(out).value == ""
    assert api.get("/sessions").status_code == thief.get("/sessions").status_code == 403
    # Another process knows it too.
    other = create_app(settings)
    thief = other.test_client()
    thief.set_cookie(morsel.key, morsel.value)
    assert thief.get("/sessions").status_code == 403
    close(other)


def test_a_cookie_ends_by_itself_and_with_the_token(
    api: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    morsel = cookie(enter(api, {"token": operator_token(settings)}))
    changed = create_app(replace(settings, operator_token="another one"))
    stranger = changed.test_client()
    stranger.set_cookie(morsel.key, morsel.value)
    assert stranger.get("/sessions").status_code == 403
    close(changed)
    head, _, signature = morsel.value.rpartition(".")
    api.set_cookie(morsel.key, f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}")
    assert api.get("/sessions").status_code == 403
    api.set_cookie(morsel.key, morsel.value)
    assert api.get("/sessions").status_code == 200
    monkeypatch.setattr(signing_in, "SIGNED_IN_SECONDS", -1)
    assert api.get("/sessions").status_code == 403


@pytest.mark.parametrize(
    ("headers", "reads", "changes"),
    [
        ({}, 200, 403),
        (OWN, 200, 202),
        ({"Sec-Fetch-Site": "same-origin"}, 200, 202),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://public.example"}, 200, 202),
        ({"Sec-Fetch-Site": "none"}, 200, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://friend.example"}, 403, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403, 403),
        ({"Origin": "https://friend.example"}, 403, 403),
        ({"Origin": "http://localhost.evil.example"}, 403, 403),
        ({"Origin": "null"}, 403, 403),
        ({"Origin": "http://[x"}, 403, 403),
        (FOREIGN, 403, 403),
    ],
)
def test_a_cookie_counts_for_our_own_pages_only(
    settings: Settings, headers: dict[str, str], reads: int, changes: int
) -> None:
    app = create_app(replace(settings, cors_origins=("https://friend.example",)))
    api = app.test_client()
    assert enter(api, {"token": operator_token(settings)}).status_code == 200
    assert api.get("/sessions", headers=headers).status_code == reads
    redriven = api.post("/jobs/redrive", json={"code": "NONE"}, headers=headers)
    assert redriven.status_code == changes
    close(app)


@pytest.mark.parametrize("told", [{}, {"https_only": "1"}])
def test_cookie_is_secure_behind_tls(settings: Settings, told: dict[str, str]) -> None:
    app = create_app(replace(settings, trusted_proxies=parse("127.0.0.1"), **told))  # type: ignore[arg-type]
    api = app.test_client()
    forwarded = {"Origin": "https://localhost"}
    forwarded |= {} if told else {"X-Forwarded-Proto": "https"}
    answer = enter(api, {"token": operator_token(settings)}, forwarded)
    morsel = cookie(answer)
    assert morsel["secure"] is True
    assert morsel.key.startswith("__Host-")
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    close(app)


def test_untrusted_proxy_does_not_enable_tls(api: FlaskClient) -> None:
    answer = api.get("/livez", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers


def test_without_redis_the_token_still_signs_in(
    api: FlaskClient, settings: Settings, redis_server: RedisServer
) -> None:
    redis_server.kill()
    assert enter(api, {"token": operator_token(settings)}).status_code == 200
    assert api.get("/quarantine").status_code == 200
    assert enter(api, {"link": "a code"}).json["error_code"] == "NOT_READY"


def test_the_command_prints_a_link(server: str, settings: Settings) -> None:
    here = {"CALLSHEET_STATE": str(settings.state)}
    printed = CliRunner().invoke(main, ["operate", "--server", server], env=here)
    url, _, code = printed.stdout.strip().partition("#link=")
    assert url == f"{server}/operate"
    entered = httpx.post(f"{server}/operate/sign-in", json={"link": code})
    assert entered.status_code == 200
    elsewhere = {"CALLSHEET_STATE": str(settings.state / "another")}
    refused = CliRunner().invoke(main, ["operate", "--server", server], env=elsewhere)
    assert refused.exit_code == ExitCode.REFUSED


def test_the_cookie_opens_the_operators_events_to_our_own_page(
    server: str, settings: Settings
) -> None:
    with httpx.Client(base_url=server) as browser:
        entered = browser.post("/operate/sign-in", json={"token": operator_token(settings)})
        morsel = cookie(entered)
    signed_in = {"Cookie": f"{morsel.key}={morsel.value}"}

    def answer(headers: dict[str, str]) -> dict[str, Any]:
        client = socketio.Client(reconnection=False)
        client.connect(server, headers=headers, transports=["polling"])
        try:
            told: dict[str, Any] = client.call("subscribe_operators", {}, timeout=10)
        finally:
            client.disconnect()
        return told

    assert answer(signed_in | {"Origin": server})["ok"] is True
    for headers in (signed_in, {"Origin": server}):
        assert answer(headers)["error_code"] == "OPERATORS_ONLY"
    with pytest.raises(socketio.exceptions.ConnectionError):
        answer(signed_in | FOREIGN)
