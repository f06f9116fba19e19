"""No request is answered with a fault of ours, and every refusal is a problem document."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import run_wsgi_app

from tests.web.api.odd_requests import Known, Odd, Routes, base64_of, everything, kinds
from tests.web.samples import picture

MOST_SECONDS = 1.0
"""Of CPU, for any one of them."""
CALLERS = ("anonymous", "owner", "operator")
BUSY = {"NOT_READY", "SERVER_FULL", "SESSION_LIMIT", "TOO_MANY_CLIENTS", "ENGINE_UNAVAILABLE"}
"""503 that are documented, with a `Retry-After`: there are no workers here."""


REPORTS = {"/readyz", "/health", "/health/services"}
"""They answer 503 with a report of their own: no controller runs here."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Client:
    """Sends what no ordinary client would let through."""

    def __init__(self, client: FlaskClient, caller: str = "operator") -> None:
        self.app: Flask = client.application
        self._client = client
        self._caller = caller
        self.known = self._make()

    def ask(self, odd: Odd) -> Answer:
        began = time.process_time()
        chunks, status, headers = run_wsgi_app(self.app, self._environ(odd), buffered=False)
        try:
            stream = headers.get("Content-Type", "").startswith("text/event-stream")
            body = b"" if stream else b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        seconds = time.process_time() - began
        return Answer(int(status.split()[0]), dict(headers), body, seconds)

    def refresh(self) -> None:
        """Make anew what the last request has ended or deleted."""
        status = self._client.get(f"/session/{self.known.session_id}/status", headers=self._keys())
        told = status.get_json()
        if status.status_code != 200 or told["state"] != "active" or not told["uploads"]:
            self.known = self._make()

    def _keys(self) -> dict[str, str]:
        return {"X-Session-ID": self.known.session_id}

    def _environ(self, odd: Odd) -> dict[str, Any]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": odd.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(odd.path.encode("latin-1", "replace")).decode("latin-1"),
            "QUERY_STRING": odd.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(odd.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(odd.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "HTTP_HOST": "localhost",
            **self._credentials(),
        }
        for name, value in odd.headers.items():
            key = name.upper().replace("-", "_")
            bare = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
            environ[key if bare else f"HTTP_{key}"] = value
        return environ

    def _credentials(self) -> dict[str, str]:
        """An anonymous caller knows ids and has no key; an operator has the session's too."""
        found = {}
        if self._caller != "anonymous":
            found["HTTP_X_SESSION_ID"] = self.known.session_id
        if self._caller == "operator":
            found["HTTP_AUTHORIZATION"] = self._client.environ_base["HTTP_AUTHORIZATION"]
        return found

    def _make(self) -> Known:
        created = self._client.post("/session/create", json={"user_id": "odd"}).get_json()
        session_id = str(created["session_id"])
        keys = {"X-Session-ID": session_id}
        form = {"session_id": session_id, "file": (io.BytesIO(picture()), "me.png")}
        face = self._client.post("/upload/face", data=form, headers=keys)
        assert face.status_code == 201, face.text
        begin = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "1000",
            "Upload-Metadata": base64_of(session_id=session_id, kind="face", filename="a.png"),
        }
        upload = self._client.post("/uploads", headers=keys | begin)
        assert upload.status_code == 201, upload.text
        wanted = {"session_id": session_id, "script": "Hello.", "mode": "simulation"}
        job = self._client.post("/process/start", json=wanted, headers=keys)
        job_id = job.get_json()["job_id"] if job.status_code == 202 else "none"
        upload_id = upload.headers["Location"].rsplit("/", 1)[-1]
        return Known(session_id, str(job_id), face.get_json()["filename"], upload_id)


def faults(odd: Odd, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer."""
    if answer.seconds > MOST_SECONDS:
        yield f"took {answer.seconds:.1f} s of CPU"
    if b"Traceback" in answer.body:
        yield "shows a traceback"
    if answer.status == 503 and odd.path in REPORTS:
        return
    if answer.status >= 400 and odd.method != "HEAD":
        yield from _faults_of_problem(answer)
    elif answer.status >= 500:
        yield str(answer.status)


def _faults_of_problem(answer: Answer) -> Iterator[str]:
    if answer.headers.get("Content-Type") != "application/problem+json":
        yield f"{answer.status} is no problem document"
        return
    told = json.loads(answer.body)
    if told["status"] != answer.status or not told["error_code"] or not told["user_message"]:
        yield f"{answer.status} with the document of something else"
    if answer.headers.get("X-Request-ID") != told["request_id"]:
        yield "has another request id"
    busy = answer.status == 503 and told["error_code"] in BUSY and "Retry-After" in answer.headers
    if answer.status >= 500 and not busy:
        yield f"{answer.status} {told['error_code']}"


@pytest.fixture(scope="module", params=CALLERS)
def client(standing: FlaskClient, request: pytest.FixtureRequest) -> Client:
    return Client(standing, request.param)


def run(client: Client, requests: Iterator[Odd]) -> tuple[set[str], list[str]]:
    """The kinds that were sent, and what was wrong with the answers."""
    sent, wrong = set(), []
    for odd in requests:
        answer = client.ask(odd)
        sent.add(odd.kind)
        wrong += [f"{odd}: {fault}" for fault in faults(odd, answer)]
        if odd.method not in ("GET", "HEAD", "OPTIONS") and answer.status < 300:
            client.refresh()
    return sent, wrong


def test_five_hundred_kinds_of_odd_requests(client: Client) -> None:
    sent, wrong = run(client, kinds(Routes(client.app), client.known, step=7))
    assert not wrong, "\n".join(wrong[:100])
    assert len(sent) >= 500


@pytest.mark.slow
def test_every_odd_request_on_every_route(client: Client) -> None:
    sent, wrong = run(client, everything(Routes(client.app), client.known))
    assert not wrong, "\n".join(wrong[:100])
    assert len(sent) >= 3000
