"""Two sessions side by side: no door leads from one to the other."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import httpx
import pytest
import websocket
from flask import Flask

from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer
from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller, problem
from tests.web.listener import listening, said
from tests.web.samples import picture


@dataclass(frozen=True)
class Person:
    """A session with everything that one can have."""

    session_id: str
    job_id: str
    film: str
    partial: str


@pytest.fixture
def two(app: Flask, caller: Caller) -> tuple[Person, Person]:
    return person(caller, 1), person(caller, 2)


def person(caller: Caller, number: int) -> Person:
    session_id = caller.session(f"person {number}")
    assert caller.face(session_id, picture(300 + number, 300)).status_code == 201
    job_id = caller.start(session_id, script=f"I am number {number}.").json()["job_id"]
    film = f"{job_id}-final.mp4"
    put_output(session_id, job_id, film, f"film {number}".encode())
    told = {"session_id": session_id, "kind": "voice", "filename": "me.wav"}
    words = (f"{name} {base64.b64encode(v.encode()).decode()}" for name, v in told.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": ",".join(words)}
    begun = caller.http.post("/uploads", headers=headers)
    return Person(session_id, job_id, film, begun.headers["location"].rpartition("/")[2])


def test_progress_of_two_sessions_is_separate(caller: Caller, two: tuple[Person, Person]) -> None:
    mine, other = two
    theirs = caller.http.get(f"/outputs/{other.session_id}").json()["outputs"]
    secrets = {other.session_id, other.job_id, other.partial}
    secrets |= {file["filename"] for file in theirs}
    for address in (
        f"/session/{mine.session_id}/status",
        f"/api/session/{mine.session_id}/status",
        f"/outputs/{mine.session_id}",
        f"/process/{mine.job_id}",
        f"/uploads/{mine.session_id}/{mine.partial}",
    ):
        answer = caller.http.get(address)
        assert answer.status_code == 200, address
        for secret in secrets:
            assert secret not in answer.text, address


def test_no_name_leads_to_the_other_s_files(caller: Caller, two: tuple[Person, Person]) -> None:
    mine, other = two
    for file in caller.http.get(f"/outputs/{other.session_id}").json()["outputs"]:
        assert caller.http.get(file["url"]).status_code == 200
        name = file["filename"]
        for guess in (
            name,
            f"..%2f{other.session_id}%2f{name}",
            f"%2e%2e/{other.session_id}/{name}",
            f"..%5c{other.session_id}%5c{name}",
            f"{other.session_id}%2f{name}",
            f"{name}%00.png",
        ):
            for method in ("GET", "HEAD"):
                answer = caller.http.request(method, f"/download/{mine.session_id}/{guess}")
                assert answer.status_code == 404, guess
    partial = f"/uploads/{mine.session_id}/{other.partial}"
    tus = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    tus["Content-Type"] = "application/offset+octet-stream"
    problem(caller.http.get(partial), 404, "FILE_NOT_FOUND")
    problem(caller.http.patch(partial, headers=tus, content=b"x"), 404, "FILE_NOT_FOUND")
    problem(caller.http.delete(partial, headers=tus), 404, "FILE_NOT_FOUND")
    untouched = caller.http.get(f"/uploads/{other.session_id}/{other.partial}").json()
    assert untouched["offset"] == 0


def test_a_session_cannot_start_on_the_other_s_uploads(caller: Caller) -> None:
    caller.ready_session()
    problem(caller.start(caller.session()), 409, "FACE_MISSING")


def test_sessions_cannot_cancel_each_other(
    caller: Caller, operator: httpx.Client, two: tuple[Person, Person]
) -> None:
    mine, other = two
    assert caller.http.post(f"/session/{mine.session_id}/consent/withdraw").status_code == 200
    assert caller.http.post("/cleanup", json={"session_id": mine.session_id}).status_code == 200
    assert caller.http.post(f"/session/{mine.session_id}/close").status_code == 200
    assert operator.post(f"/session/{mine.session_id}/end").status_code == 204
    assert caller.http.get(f"/process/{other.job_id}").json()["cancel_requested"] is False
    film = caller.http.get(f"/download/{other.session_id}/{other.film}")
    assert film.content == b"film 2"
    assert caller.face(other.session_id).status_code == 201


def test_no_live_connection_shows_another_session(
    caller: Caller, server: str, two: tuple[Person, Person], redis_server: RedisServer
) -> None:
    mine, other = two
    bus = EventBus(redis_server.client())
    for owner in two:
        bus.start_progress(owner.job_id, 10.0, Progress())

    def both_happen() -> None:
        bus.emit(said(other.session_id, "of the other", other.job_id))
        bus.emit(said(mine.session_id, "of mine", mine.job_id))

    with listening(server) as listener:
        assert listener.subscribe(mine.session_id)["ok"]
        both_happen()
        assert "of the other" not in listener.until("of mine")
        for guess in ("0" * 32, other.session_id[:-1], f"{other.session_id} ", "*", "", None):
            refused = listener.subscribe(guess)
            assert refused["ok"] is False, guess

    ws = server.replace("http", "ws")
    after = "0-0"
    client = websocket.create_connection(
        f"{ws}/progress/{mine.session_id}?last_event_id={after}", timeout=10
    )
    try:
        assert json.loads(client.recv())["session_id"] == mine.session_id
        both_happen()
        heard = [json.loads(client.recv())]
        while heard[-1]["message"] != "of mine":
            heard.append(json.loads(client.recv()))
        assert {event["session_id"] for event in heard} == {mine.session_id}
    finally:
        client.shutdown()
    with pytest.raises(websocket.WebSocketBadStatusException) as refused_ws:
        websocket.create_connection(f"{ws}/progress/{'0' * 32}", timeout=10)
    assert refused_ws.value.status_code == 404

    with caller.http.stream("GET", f"/process/{mine.job_id}/events", timeout=20) as stream:
        both_happen()
        told = []
        for line in stream.iter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line[6:]))
                if told[-1]["message"] == "of mine":
                    break
    assert {event["job_id"] for event in told} == {mine.job_id}
