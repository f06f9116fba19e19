"""A fault in each address and each stage: nothing of our insides leaves the process.

The addresses come from the application itself, so that a new one is covered by being there.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websocket
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from config.stages import STAGES
from tasks.domain.job import JobState
from tasks.store.objects import Objects
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller
from tests.web.conftest import serving
from tests.web.listener import listening
from tests.web.samples import picture, recording
from web.cli.__main__ import main
from web.cli.commands.exit_codes import ExitCode
from web.db.engine import db
from web.dead_letters import letters
from web.events import mailbox
from web.uploads.validation import Validator

SECRETS = ("hunter2", "/srv/callsheet/state", "SELECT password", "Traceback", "psycopg", 'File "')


def fault() -> Exception:
    """As bad as they come: a query with its parameters, a path and a password."""
    inner = OSError(13, "Permission denied", "/srv/callsheet/state/store/blobs")
    return OperationalError("SELECT password FROM session", {"token": "hunter2"}, inner)


def broken(*_: Any, **__: Any) -> Any:
    raise fault()


def assert_tells_nothing(said: str) -> None:
    for secret in SECRETS:
        assert secret not in said, said[:2000]


def requests(app: Flask, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A good request to each address by each of its methods."""
    for rule in app.url_map.iter_rules():
        if rule.websocket:
            continue
        path = rule.build(ids, append_unknown=False)
        assert path is not None, f"{rule} wants a value that this test does not know"
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield {"method": method, "url": path[1], **_body(rule.rule, method, ids)}


def _body(rule: str, method: str, ids: dict[str, str]) -> dict[str, Any]:
    session = {"session_id": ids["session_id"]}
    tus = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    tus["Content-Type"] = "application/offset+octet-stream"
    if rule.startswith("/uploads"):
        told = "session_id {},kind dm9pY2U=,filename bWUud2F2".format(ids["encoded"])
        return {"headers": tus | {"Upload-Length": "9", "Upload-Metadata": told}, "content": b"x"}
    if method != "POST":
        return {}
    forms = {
        "/upload/face": {"data": session, "files": {"file": ("me.png", picture())}},
        "/upload/audio": {"data": session, "files": {"file": ("me.wav", recording())}},
        "/api/start-processing": {
            "data": {"user_id": "ada", "script": "Hello."},
            "files": {"face_image": ("me.png", picture())},
        },
    }
    bodies = {
        "/session/create": {"user_id": "ada"},
        "/process/start": {**session, "script": "Hello."},
    }
    return forms.get(rule) or {"json": bodies.get(rule, {})}


@pytest.fixture
def known(app: Flask, caller: Caller, operator: httpx.Client) -> dict[str, str]:
    """Things that are there, for every name in an address."""
    session_id = caller.ready_session()
    job_id = caller.start(session_id).json()["job_id"]
    put_output(session_id, job_id, "film.mp4", b"film")
    encoded = base64.b64encode(session_id.encode()).decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}
    headers["Upload-Metadata"] = f"session_id {encoded},kind dm9pY2U=,filename bWUud2F2"
    partial = caller.http.post("/uploads", headers=headers).headers["location"]
    caller.face(session_id, b"no picture", "me.png")
    [held] = operator.get("/quarantine").json()["files"]
    letters.keep([letters.Letter("message", "1-0", "{}", "ValueError", "it is no event")])
    [letter] = operator.get("/dead-letters").json()["dead_letters"]
    others = {name for rule in app.url_map.iter_rules() for name in rule.arguments}
    return {
        **dict.fromkeys(others, "none"),
        "session_id": session_id,
        "job_id": job_id,
        "filename": "film.mp4",
        "page": "create",
        "name": "docs.js",
        "path": "index.html",
        "upload_id": partial.rpartition("/")[2],
        "file_id": held["id"],
        "letter_id": str(letter["id"]),
        "encoded": encoded,
    }


def _in_the_view(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint in app.view_functions:
        monkeypatch.setitem(app.view_functions, endpoint, broken)


def _in_the_database(_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    event.listen(db.engine, "before_cursor_execute", broken)  # this engine ends with its test


def _in_the_store(_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for verb in ("get", "range", "create", "create_large", "exists", "delete"):
        monkeypatch.setattr(Objects, verb, broken)


def _in_the_examination(_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Validator, "clean", broken)


def _in_the_temporary_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("mkdir", "stat", "open", "iterdir", "glob"):
        monkeypatch.setattr(Path, place, broken)


PLACES = (
    _in_the_view,
    _in_the_database,
    _in_the_store,
    _in_the_examination,
    _in_the_temporary_place,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__.strip("_"))
def test_no_route_leaks_internal_errors(
    app: Flask,
    known: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    place: Callable[[Flask, pytest.MonkeyPatch], None],
) -> None:
    sent = list(requests(app, known))
    assert len(sent) > 40
    client = app.test_client()
    place(app, monkeypatch)
    met = 0
    for request in sent:
        if request["url"].endswith("/events") and place is not _in_the_view:
            continue  # a stream without end; its own test is below
        answer = client.open(**_for_flask(request))
        said = answer.get_data(as_text=True) + str(answer.headers)
        assert_tells_nothing(said)
        if answer.status_code >= 500 and request["method"] != "HEAD":
            met += 1
            body = json.loads(answer.get_data())
            if "error_code" in body:  # health has a shape of its own
                assert body["user_message"].endswith(".")
                assert body["request_id"] == answer.headers["X-Request-ID"]
    assert met >= 2, "the fault met nobody"


def _for_flask(request: dict[str, Any]) -> dict[str, Any]:
    """The same words for Flask's client."""
    wanted = {"method": request["method"], "path": request["url"]}
    wanted |= {name: request[name] for name in ("headers", "json") if name in request}
    if "content" in request:
        wanted["data"] = request["content"]
    if "files" in request:
        files = {n: (io.BytesIO(data), name) for n, (name, data) in request["files"].items()}
        wanted["data"] = {**request["data"], **files}
    return wanted


# --- live doors -----------------------------------------------------------------------


def test_no_live_connection_leaks_internal_errors(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(settings) as address, httpx.Client(base_url=address, timeout=20) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        job_id = caller.start(session_id).json()["job_id"]
        ws = address.replace("http", "ws")
        with listening(address) as listener:
            monkeypatch.setattr("web.realtime.sockets.snapshot", broken)
            monkeypatch.setattr(sys.modules["web.realtime.routes"], "snapshot", broken)
            refused = listener.subscribe(session_id)
            assert (refused["ok"], refused["error_code"]) == (False, "INTERNAL_ERROR")
            assert_tells_nothing(str(refused))
        with pytest.raises(websocket.WebSocketBadStatusException) as failed:
            websocket.create_connection(f"{ws}/progress/{session_id}", timeout=10)
        assert failed.value.status_code == 500
        assert_tells_nothing(f"{failed.value} {failed.value.resp_body!r}")
        # In the midst of a stream there is no answer left to give: it just ends.
        monkeypatch.setattr(mailbox.Mailbox, "get", broken)
        said = []
        try:
            with http.stream("GET", f"/process/{job_id}/events") as stream:
                said = list(stream.iter_text())
        except httpx.RemoteProtocolError as ended:
            said.append(str(ended))
        assert_tells_nothing("".join(said))


# --- stages ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stage",
    [
        stage if stage == "animate" else pytest.param(stage, marks=pytest.mark.slow)
        for stage in STAGES
    ],
)
def test_no_stage_error_leaks_internals(
    tmp_path: Path, redis_server: RedisServer, stage: str
) -> None:
    with Deployment(tmp_path, redis_server, JOB_ATTEMPTS="1") as deployment:
        deployment.start_control()
        deployment.start_workers("lite", faults=f"broken:{stage}")
        session_id, job_id = deployment.submit()
        job = deployment.until_ended(job_id)
        assert (job.state, job.error_code) == (JobState.FAILED, "ENGINE_BROKEN")
        with deployment.app.app_context():
            key = {"X-Session-ID": session_id}
            answer = deployment.app.test_client().get(f"/process/{job_id}", headers=key)
            assert answer.status_code == 200
            report = answer.get_data(as_text=True)
        events = "".join(event.to_json() for event in deployment.ledger(job_id))
        results = "".join(
            str(deployment.services.redis.get(key))
            for key in deployment.services.redis.scan_iter("celery-task-meta-*")
        )
        inside = ("injected by a test", "RuntimeError", "Traceback", str(tmp_path))
        assert inside[0] in deployment.log  # it did happen, and operators can read of it
        for secret in inside:
            assert secret not in report
            assert secret not in events
            # Flower, an operators' door, shows where in our code a stage failed, and not why.
            assert secret not in results or secret == "Traceback"


# --- the command line -----------------------------------------------------------------


def test_command_line_leaks_no_internals(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the server's, by its sentence; of its own, by ours."""
    with serving(settings) as address:
        monkeypatch.setattr("web.access.guard.reading", broken)
        asked = ["watch", "nothing", "--session", "nobody", "--server", address]
        theirs = CliRunner().invoke(main, asked)
    assert theirs.exit_code == ExitCode.REFUSED
    *_, told = theirs.output.strip().splitlines()  # before it, the log of the server beside us
    assert told.startswith("Something went wrong.")
    monkeypatch.setattr("web.cli.commands.jobs.connected", broken)
    ours = CliRunner().invoke(main, ["watch", "nothing", "--server", address])
    assert ours.exit_code == ExitCode.FAILED
    assert "LOG_LEVEL=DEBUG" in ours.output
    assert_tells_nothing(ours.output)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    shown = CliRunner().invoke(main, ["watch", "nothing", "--server", address])
    assert isinstance(shown.exception, OperationalError)
