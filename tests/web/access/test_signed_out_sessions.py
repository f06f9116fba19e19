"""A user's session needs the user beside its id: REST and every stream, until the sign-out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import httpx
import pytest
import socketio
import websocket

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.conftest import as_operator, serving
from tests.web.people import PASSWORD
from tests.web.samples import picture

SOON: Final = 10.0
Signed = dict[str, str]


@dataclass
class Made:
    """A session with a job, and what its user shows."""

    http: httpx.Client
    session_id: str
    job_id: str
    login: Signed
    refresh: str

    @property
    def by_id(self) -> Signed:
        return {"X-Session-ID": self.session_id}

    def sign_out(self) -> None:
        sent = {"refresh_token": self.refresh}
        self.http.post("/api/auth/logout", json=sent).raise_for_status()


@pytest.fixture
def made(server: str) -> Iterator[Made]:
    with httpx.Client(base_url=server, timeout=30) as http:
        credentials = {"email": "ada@example.com", "password": PASSWORD}
        http.post("/api/auth/register", json=credentials).raise_for_status()
        found = http.post("/api/auth/login", json=credentials).json()
        login = {"Authorization": f"Bearer {found['access_token']}"}
        http.headers.update(login)
        caller = Caller(http)
        session_id = caller.ready_session()
        job_id = caller.start(session_id).json()["job_id"]
        http.auth = None
        del http.headers["Authorization"]
        yield Made(http, session_id, job_id, login, found["refresh_token"])


def rest(made: Made, headers: Signed) -> dict[str, str]:
    """What each route answers a caller with the id: a code, or `in`."""
    session, job, http = made.session_id, made.job_id, made.http
    face = {"data": {"session_id": session}, "files": {"file": ("a.png", picture())}}
    start = {"json": {"session_id": session, "script": "Hi."}}
    asked: dict[str, tuple[str, str, dict[str, Any]]] = {
        "status": ("GET", f"/session/{session}/status", {}),
        "outputs": ("GET", f"/outputs/{session}", {}),
        "download": ("GET", f"/download/{session}/none.mp4", {}),
        "job": ("GET", f"/process/{job}", {}),
        "library": ("GET", "/api/jobs", {}),
        "job of the library": ("GET", f"/api/jobs/{job}", {}),
        "first design": ("GET", f"/api/session/{session}/status", {}),
        "upload": ("POST", "/upload/face", face),
        "start": ("POST", "/process/start", start),
        "ticket": ("POST", "/api/tickets", {"json": {"session_id": session}}),
        "ticket of a job": ("POST", "/api/tickets", {"json": {"job_id": job}}),
        "cancel": ("POST", f"/process/{job}/cancel", {}),
        "close": ("POST", f"/session/{session}/close", {}),
    }
    told = {}
    for name, (method, path, more) in asked.items():
        answer = http.request(method, path, headers=headers, **more)
        refused = answer.status_code in (401, 404) and answer.json()["error_code"] != (
            "FILE_NOT_FOUND"
        )
        told[name] = answer.json()["error_code"] if refused else "in"
    return told


def test_the_id_alone_opens_nothing_of_a_user(made: Made, settings: Settings) -> None:
    refused = rest(made, made.by_id)
    assert set(refused.values()) == {"SESSION_NOT_FOUND", "JOB_NOT_FOUND"}
    bearer = {"Authorization": f"Bearer {made.session_id}"}
    assert set(rest(made, bearer).values()) == {"SESSION_NOT_FOUND", "JOB_NOT_FOUND"}
    assert set(rest(made, as_operator(settings) | made.by_id).values()) == {"in"}


def test_the_id_and_its_user_open_all_until_the_sign_out(made: Made) -> None:
    both = made.by_id | made.login
    opened = rest(made, both)
    assert opened == dict.fromkeys(opened, "in")
    made.sign_out()
    assert set(rest(made, both).values()) == {"TOKEN_INVALID"}
    assert "in" not in rest(made, made.by_id).values()


def test_streams_need_the_user_too_and_end_with_the_sign_out(made: Made) -> None:
    server, ws = str(made.http.base_url), str(made.http.base_url).replace("http", "ws", 1)
    progress, events = f"{ws}/progress/{made.session_id}", f"/process/{made.job_id}/events"
    wish = {"session_id": made.session_id}
    token = made.login["Authorization"].removeprefix("Bearer ")

    # By the id alone: refused.
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        websocket.create_connection(progress, timeout=SOON)
    assert made.http.get(events, headers=made.by_id).status_code == 404
    with socketio.SimpleClient() as anyone:
        anyone.connect(server, transports=["websocket"])
        answer = anyone.call("subscribe_progress", wish, timeout=SOON)
        assert answer["error_code"] == "SESSION_NOT_FOUND"

    # With the user: open, and closed when the user signs out elsewhere. So are a signed link and a
    # ticket that the user got, which are opened without headers.
    job = made.http.get(f"/process/{made.job_id}", headers=made.login).json()
    link, follow = job["links"]["events"], {"session_id": job["session_id"]}
    ticket = made.http.post("/api/tickets", json=follow, headers=made.login).json()["url"]
    by_ticket = websocket.create_connection(f"{ws}{ticket}", timeout=SOON)
    # A made-up link beside the user's own credentials does not outlive them.
    forged = websocket.create_connection(
        f"{server}/socket.io/?EIO=4&transport=websocket&signature=x".replace("http", "ws", 1),
        timeout=SOON,
    )
    forged.send(f'40{{"token":"{token}"}}')
    forged.send(f'421["subscribe_progress",{{"session_id":"{made.session_id}"}}]')
    until(lambda: "ok" in str(forged.recv()), "the subscription")
    live = websocket.create_connection(progress, header=made.login, timeout=SOON)
    assert '"snapshot"' in str(live.recv())
    with (
        socketio.SimpleClient() as own,
        made.http.stream("GET", events, headers=made.by_id | made.login) as lines,
        made.http.stream("GET", link) as by_link,
    ):
        own.connect(server, auth={"token": token}, transports=["websocket"])
        assert own.call("subscribe_progress", wish, timeout=SOON)["ok"]
        assert lines.status_code == by_link.status_code == 200
        made.sign_out()
        until(lambda: not own.connected, "the socket is closed")
        until(partial(_is_closed, live), "the WebSocket is closed")
        live.shutdown()
        for stream in (by_ticket, forged):
            until(partial(_is_closed, stream), "a stream without headers is closed")
            stream.shutdown()
        for read in (lines, by_link):
            for _ in read.iter_lines():  # ends, or the client's time-out fails the test
                pass
    late_link = made.http.get(link)
    assert (late_link.status_code, late_link.json()["error_code"]) == (401, "LINK_INVALID")
    with socketio.SimpleClient() as late, pytest.raises(socketio.exceptions.ConnectionError):
        late.connect(server, auth={"token": token}, transports=["websocket"])


def _is_closed(live: websocket.WebSocket) -> bool:
    live.settimeout(0.2)
    try:
        return live.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketConnectionClosedException, OSError):
        return True


@pytest.mark.parametrize("auth", ["optional", "off"])
def test_sessions_of_the_first_design_are_opened_by_their_id(settings: Settings, auth: str) -> None:
    own = changed(settings, accounts={"auth": auth})
    with serving(own) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        job_id = caller.start(session_id).json()["job_id"]
        http.auth = None
        made = Made(http, session_id, job_id, {}, "")
        live = websocket.create_connection(
            f"{address.replace('http', 'ws', 1)}/progress/{session_id}", timeout=SOON
        )
        assert '"snapshot"' in str(live.recv())
        live.shutdown()
        with socketio.SimpleClient() as client:
            client.connect(address, transports=["websocket"])
            assert client.call("subscribe_progress", {"session_id": session_id}, timeout=SOON)["ok"]
        with http.stream("GET", f"/process/{job_id}/events", headers=made.by_id) as lines:
            assert lines.status_code == 200
        opened = rest(made, made.by_id)
        assert opened == dict.fromkeys(opened, "in")
