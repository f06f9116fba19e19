"""What a front end does, in short words."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.web.samples import picture, recording

_JOB: Final = re.compile(r"/process/(?!start$|estimate$)([^/]+)")


class Keys(httpx.Auth):
    """What a front end keeps in mind: of which session each of its jobs is."""

    def __init__(self) -> None:
        self._session_of: dict[str, str] = {}
        self._last = "none"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        job = _JOB.match(request.url.path)
        if job is not None and "X-Session-ID" not in request.headers:
            request.headers["X-Session-ID"] = self._session_of.get(job[1], self._last)
        answer = yield request
        if request.method == "POST" and answer.status_code in (200, 201, 202):
            answer.read()
            told = answer.json() if answer.content else {}
            self._last = told.get("session_id", self._last)
            if "job_id" in told:
                self._session_of[told["job_id"]] = told["session_id"]


@dataclass(frozen=True)
class Caller:
    """A front end of one server."""

    http: httpx.Client

    def __post_init__(self) -> None:
        self.http.auth = Keys()

    def session(self, user_id: str = "ada") -> str:
        answer = self.http.post("/session/create", json={"user_id": user_id})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["session_id"])

    def face(self, session_id: str, data: bytes | None = None, name: str = "me.png") -> Any:
        files = {"file": (name, data if data is not None else picture())}
        return self.http.post("/upload/face", data={"session_id": session_id}, files=files)

    def voice(self, session_id: str, data: bytes | None = None, name: str = "me.wav") -> Any:
        files = {"file": (name, data if data is not None else recording())}
        return self.http.post("/upload/audio", data={"session_id": session_id}, files=files)

    def ready_session(self) -> str:
        session_id = self.session()
        answer = self.face(session_id)
        assert answer.status_code == 201, answer.text
        return session_id

    def start(self, session_id: str, **options: Any) -> httpx.Response:
        wanted = {"script": "Hello there."} | options
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return self.http.post("/process/start", json={"session_id": session_id, **wanted})


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, checked for the shape that all of them have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["error_code"] == body["error"] == code
    assert body["user_message"] == body["message"] == body["detail"]
    assert body["type"] == f"/docs#{code}"
    assert body["title"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return body
