"""`/v1` is the whole API: REST, the document, live events and refusals."""

from __future__ import annotations

import json

import pytest
import socketio
import websocket
from flask.testing import FlaskClient

from tests.web.caller import Caller
from web.http.heads import Head
from web.http.server import is_long


def test_every_address_answers_under_the_prefix(api: FlaskClient) -> None:
    created = api.post("/v1/session/create", json={"user_id": "ada"})
    assert created.status_code == 201
    session_id = created.get_json()["session_id"]
    assert api.get(f"/v1/session/{session_id}/status").get_json()["session_id"] == session_id
    assert api.get("/v1/openapi.json").get_json() == api.get("/openapi.json").get_json()
    assert api.get("/openapi.json").get_json()["servers"][0]["url"] == "/v1"


@pytest.mark.parametrize("path", ["/v1", "/v1/v1/livez", "/v2/livez", "/v1livez", "/V1/livez"])
def test_other_prefixes_are_no_addresses(api: FlaskClient, path: str) -> None:
    assert api.get(path).status_code == 404


def test_a_preflight_is_answered_under_the_prefix(api: FlaskClient) -> None:
    headers = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"}
    there, here = (api.options(f"{p}/process/start", headers=headers) for p in ("/v1", ""))
    assert there.status_code == here.status_code
    assert there.headers.get("Access-Control-Allow-Origin") == "http://localhost:5173"


def test_live_events_arrive_under_the_prefix(caller: Caller, server: str) -> None:
    session_id = caller.session()
    client = socketio.SimpleClient()
    client.connect(server, socketio_path="v1/socket.io", transports=["websocket"])
    assert client.call("subscribe_progress", {"session_id": session_id})["ok"]
    client.disconnect()
    address = server.replace("http", "ws") + f"/v1/progress/{session_id}"
    socket = websocket.create_connection(address, timeout=10)
    assert json.loads(socket.recv())["event_type"] == "snapshot"
    socket.shutdown()


@pytest.mark.parametrize("path", ["/v1/progress/s", "/v1/process/j/events", "/v1/socket.io/?x"])
def test_a_live_connection_takes_no_short_slot_under_the_prefix(path: str) -> None:
    head = Head(None, ("127.0.0.1", 1), "")  # type: ignore[arg-type]
    head.data += f"GET {path} HTTP/1.1\r\n\r\n".encode()
    assert is_long(head)
