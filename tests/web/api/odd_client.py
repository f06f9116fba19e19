"""Sends the odd requests to an application, past whatever an ordinary client would refuse."""

from __future__ import annotations

import gc
import io
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import run_wsgi_app

from tests.web.api.odd_requests import Known, Odd, base64_of
from tests.web.samples import picture


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
        # A collection that passes over everything the other tests have left takes a second.
        gc.collect()
        gc.freeze()

    def ask(self, odd: Odd) -> Answer:
        began = time.thread_time()
        chunks, status, headers = run_wsgi_app(self.app, self._environ(odd), buffered=False)
        try:
            stream = headers.get("Content-Type", "").startswith("text/event-stream")
            body = b"" if stream else b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        seconds = time.thread_time() - began
        return Answer(int(status.split()[0]), dict(headers), body, seconds)

    def refresh(self) -> None:
        """Create again what the last request has ended or deleted."""
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
