"""Tickets open one stream once, and users follow only what they own, until they log out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import socketio
import websocket

from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from web.access import tickets

PAGE: Final = {"Sec-Fetch-Site": "same-origin"}
ACCOUNT: Final = {"email": "ada@example.com", "password": "correct horse battery"}


@pytest.fixture
def ada(server: str) -> Iterator[Caller]:
    """A visitor's browser with a page of this server."""
    with httpx.Client(base_url=server, headers=PAGE, timeout=30) as http:
        caller = Caller(http)
        http.auth = None
        yield caller


def _ticket(caller: Caller, **of: str) -> dict[str, Any]:
    answer = caller.http.post("/api/tickets", json=of)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert found["expires_in"] == tickets.SECONDS
    assert found["ticket"] in found["url"]
    return found


def _socket(address: str, url: str) -> websocket.WebSocket:
    return websocket.create_connection(address.replace("http", "ws") + url, timeout=10)


def _streams(address: str, url: str) -> httpx.Response:
    """Open a stream without any cookie or header; read what is refused."""
    with httpx.stream("GET", address + url, timeout=10) as answer:
        if answer.status_code != 200:
            answer.read()
        return answer


def test_a_ticket_opens_its_stream_once(ada: Caller, server: str) -> None:
    session_id = ada.ready_session()
    job_id = ada.start(session_id).json()["job_id"]
    url = _ticket(ada, job_id=job_id)["url"]
    assert _streams(server, url).status_code == 200
    problem(_streams(server, url), 401, "TICKET_INVALID")
    url = _ticket(ada, session_id=session_id)["url"]
    assert session_id not in url
    live = _socket(server, url)
    assert '"snapshot"' in str(live.recv())
    live.shutdown()
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        _socket(server, url)
    assert refused.value.status_code == 401


def test_a_ticket_ends_and_opens_nothing_else(
    ada: Caller, server: str, redis_server: RedisServer
) -> None:
    session_id = ada.ready_session()
    job_id, other = (ada.start(session_id).json()["job_id"] for _ in range(2))
    of_job = _ticket(ada, job_id=job_id)
    query = f"?ticket={of_job['ticket']}"
    problem(httpx.get(f"{server}/process/{job_id}{query}"), 401, "SESSION_REQUIRED")
    problem(httpx.get(f"{server}/api/jobs{query}"), 401, "SESSION_REQUIRED")
    problem(_streams(server, f"/process/{other}/events{query}"), 401, "TICKET_INVALID")
    of_session = _ticket(ada, session_id=session_id)["ticket"]
    problem(
        _streams(server, f"/process/{job_id}/events?ticket={of_session}"), 401, "TICKET_INVALID"
    )
    late = _ticket(ada, job_id=job_id)
    (key,) = redis_server.client().keys("*ticket:*")
    assert late["ticket"] not in str(key)
    assert 0 < redis_server.client().ttl(key) <= tickets.SECONDS
    redis_server.client().pexpire(key, 1)
    until(lambda: not redis_server.client().exists(key), "the ticket expires")
    problem(_streams(server, late["url"]), 401, "TICKET_INVALID")
    problem(_streams(server, f"/process/{job_id}/events?ticket=é"), 401, "TICKET_INVALID")


def test_no_ticket_for_what_belongs_to_others(ada: Caller, server: str) -> None:
    session_id = ada.ready_session()
    job_id = ada.start(session_id).json()["job_id"]
    name = ada.http.get("/api/jobs").json()["jobs"][0]["session_id"]
    with httpx.Client(base_url=server, headers=PAGE) as other:
        Caller(other).session()
        problem(other.post("/api/tickets", json={"session_id": name}), 404, "SESSION_NOT_FOUND")
        other.auth = None
        problem(other.post("/api/tickets", json={"job_id": job_id}), 404, "JOB_NOT_FOUND")
        other.cookies.clear()
        problem(other.post("/api/tickets", json={"job_id": job_id}), 401, "SESSION_REQUIRED")
    for wrong in ({}, {"session_id": session_id, "job_id": job_id}, {"ticket": "x"}):
        problem(ada.http.post("/api/tickets", json=wrong), 422, "VALIDATION_FAILED")


def test_a_user_takes_the_visitors_things_along_and_follows_them_until_logout(
    ada: Caller, server: str
) -> None:
    session_id = ada.ready_session()
    job_id = ada.start(session_id).json()["job_id"]
    assert ada.http.post("/api/auth/register", json=ACCOUNT).status_code == 201
    logged_in = ada.http.post("/api/auth/login", json=ACCOUNT)
    assert logged_in.status_code == 200, logged_in.text
    assert ada.http.get("/api/jobs").json()["jobs"] == []  # the visitor has nothing left
    token = logged_in.json()["access_token"]
    user = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server, headers=user) as elsewhere:
        (job,) = elsewhere.get("/api/jobs").json()["jobs"]
        assert job["job_id"] == job_id
        assert len(elsewhere.get("/api/uploads").json()["uploads"]) == 1
        name = job["session_id"]
        assert elsewhere.get(f"/session/{name}/status").status_code == 200
        ticket = elsewhere.post("/api/tickets", json={"session_id": name}).json()["url"]
    live = _socket(server, ticket)
    live.recv()
    with socketio.SimpleClient() as own, socketio.SimpleClient() as strange:
        own.connect(server, auth={"token": token}, transports=["websocket"])
        assert own.call("subscribe_progress", {"session_id": name}, timeout=10)["ok"]
        strange.connect(server, transports=["websocket"])
        refused = strange.call("subscribe_progress", {"session_id": name}, timeout=10)
        assert refused["error_code"] == "SESSION_NOT_FOUND"
        assert ada.http.post("/api/auth/logout").status_code in (200, 204)
        until(lambda: not own.connected, "the user's socket is closed")
        assert strange.connected
        until(lambda: _is_closed(live), "the user's stream is closed")
        live.shutdown()
        with pytest.raises(socketio.exceptions.ConnectionError):
            own.connect(server, auth={"token": token}, transports=["websocket"])


def _is_closed(live: websocket.WebSocket) -> bool:
    live.settimeout(0.2)
    try:
        return live.recv() == ""
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketConnectionClosedException, OSError):
        return True
