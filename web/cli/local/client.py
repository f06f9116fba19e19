"""A client of the public API: REST, and live events over Socket.IO."""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from config.secret_files import OPERATOR_TOKEN, read_secret
from config.settings import read
from tasks.domain.events import EventType, id_order
from tasks.telemetry.metrics_server import LOOPBACK
from web.errors import OperatorsOnly
from web.realtime.client import OrderedClient
from web.state_directory import StateDirectory

SESSIONS_TRIED = 20
"""The number of latest sessions to try for a job, as requests are rate-limited."""


class RequestRefused(Exception):
    """The server refused the request; the message is its sentence for the user."""

    def __init__(
        self,
        sentence: str,
        code: str = "",
        errors: Sequence[dict[str, str]] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.errors = tuple(errors)
        """The errors of each field or file."""
        self.retry_after = retry_after
        """Seconds after which the server wants to be asked again; None: it does not say."""


class Client:
    """A client of one server's REST API."""

    def __init__(
        self, url: str, operator_token: str | None = None, sessions: Sequence[str] = ()
    ) -> None:
        """Connect to a server; `sessions` are ids of sessions that may own a job, newest last."""
        self.url = url
        self._sessions = sessions
        self._session_of: dict[str, str | None] = {}
        self.token = _operator_token(url) if operator_token is None else operator_token
        self.headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self._http = httpx.Client(base_url=url, timeout=60.0, headers=self.headers)

    def alive(self) -> None:
        """Check that the server answers; raise httpx.TransportError if not."""
        self._http.get("/livez")

    def create_session(self, user_id: str) -> str:
        return str(self._ask("POST", "/session/create", json={"user_id": user_id})["session_id"])

    def close_session(self, session_id: str) -> None:
        """Close a session; its outputs are kept."""
        self._ask("POST", f"/session/{session_id}/close")

    def delete_job(self, session_id: str, job_id: str) -> None:
        """Delete the files of an ended job."""
        headers = {"X-Session-ID": session_id}
        _check(self._http.request("DELETE", f"/process/{job_id}", headers=headers))

    def health(self) -> dict[str, Any]:
        return self._ask("GET", "/health")

    def job_events(self, session_id: str, job_id: str, seconds: float) -> Iterator[dict[str, Any]]:
        """Yield a job's events from its stream of Server-Sent Events, for a limited time."""
        until = time.monotonic() + seconds
        headers = {"X-Session-ID": session_id}
        with self._http.stream("GET", f"/process/{job_id}/events", headers=headers) as answer:
            _check(answer)
            for line in answer.iter_lines():  # a comment comes when nothing happens
                if time.monotonic() > until:
                    return
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def upload_face(self, session_id: str, picture: Path) -> dict[str, Any]:
        return self._upload("/upload/face", session_id, picture)

    def upload_voice(self, session_id: str, recording: Path) -> dict[str, Any]:
        return self._upload("/upload/audio", session_id, recording)

    def session(self, session_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/session/{session_id}/status")

    def start(self, session_id: str, **options: Any) -> str:
        request = {"session_id": session_id, **options}
        job_id = str(self._ask("POST", "/process/start", json=request)["job_id"])
        self._session_of[job_id] = session_id
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        return self._of_job("GET", job_id)

    def retry(self, job_id: str) -> dict[str, Any]:
        return self._of_job("POST", job_id, "/retry")

    def cancel(self, job_id: str) -> dict[str, Any]:
        return self._of_job("POST", job_id, "/cancel")

    def redrive(self, **which: Any) -> list[str]:
        return list(self._ask("POST", "/jobs/redrive", json=which)["jobs"])

    def operate_link(self) -> dict[str, Any]:
        """Create a one-time link that signs a browser in to the operators' page."""
        made = self._ask("POST", "/operate/links")
        return {"url": f"{self.url}{made['path']}", "seconds": made["seconds"]}

    def dead_letters(self, **search: Any) -> dict[str, Any]:
        return self._ask("GET", "/dead-letters", params=search)

    def dead_letter(self, letter_id: int) -> dict[str, Any]:
        return self._ask("GET", f"/dead-letters/{letter_id}")

    def retry_dead_letter(self, letter_id: int) -> dict[str, Any]:
        return self._ask("POST", f"/dead-letters/{letter_id}/retry")

    def drop_dead_letter(self, letter_id: int) -> None:
        _check(self._http.request("DELETE", f"/dead-letters/{letter_id}"))

    def create_batch(self, wanted: dict[str, Any], key: str, api_key: str | None) -> dict[str, Any]:
        """Create a batch, or return the one of an earlier request under this key."""
        headers = {"Idempotency-Key": key} | _maybe_as(api_key)
        return self._ask("POST", "/api/batches", json=wanted, headers=headers)

    def start_batch(
        self, batch_id: str, sent: dict[str, Any], api_key: str | None
    ) -> dict[str, Any]:
        path = f"/api/batches/{batch_id}/start"
        return self._ask("POST", path, json=sent, headers=_maybe_as(api_key))

    def batch(self, batch_id: str, api_key: str | None) -> tuple[dict[str, Any], float | None]:
        """Return a batch, and the seconds after which to ask again; None: it does not change."""
        path = f"/api/batches/{batch_id}"
        answer = self._http.get(path, headers=_maybe_as(api_key))
        _check(answer)
        return answer.json(), _retry_after(answer)

    def batches(self, api_key: str | None) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/api/batches", headers=_maybe_as(api_key))["batches"])

    def cancel_batch(self, batch_id: str, api_key: str | None) -> dict[str, Any]:
        return self._ask("POST", f"/api/batches/{batch_id}/cancel", headers=_maybe_as(api_key))

    def verify(self, file: Path) -> dict[str, Any]:
        with file.open("rb") as content:
            return self._ask("POST", "/api/verify", files={"file": content})

    def reports(self, **search: Any) -> dict[str, Any]:
        return self._ask("GET", "/api/reports", params=search)

    def report(self, report_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/api/reports/{report_id}")

    def report_statistics(self) -> dict[str, Any]:
        return self._ask("GET", "/api/reports/statistics")

    def decide_report(self, report_id: str, decision: str, **sent: Any) -> dict[str, Any]:
        """Decide a report: `withdraw` or `reject`."""
        return self._ask("POST", f"/api/reports/{report_id}/{decision}", json=sent)

    def moderation_queue(self, limit: int, offset: int = 0) -> dict[str, Any]:
        return self._ask("GET", "/moderation", params={"limit": limit, "offset": offset})

    def moderate(self, image_id: str, decision: str, reason: str) -> dict[str, Any]:
        sent = {"decision": decision, "reason": reason}
        return self._ask("POST", f"/moderation/{image_id}", json=sent)

    def workers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "/workers")["workers"]
        if not all("name" in worker for worker in found):
            raise RequestRefused(
                "List workers; operators also get names and tasks.", OperatorsOnly.code
            )
        return found

    def load(self, environment: str) -> dict[str, Any]:
        """Get the load of one environment and the number of workers it needs."""
        found = self._ask("GET", "/load")["environments"]
        return next(load for load in found if load["environment"] == environment)

    def drain(self, worker: str, *, resume: bool = False) -> dict[str, Any]:
        return self._ask("POST", f"/workers/{worker}/{'resume' if resume else 'drain'}")

    def operations(self, hours: float) -> dict[str, Any]:
        return self._ask("GET", "/operations", params={"hours": hours})

    def analytics(self, days: int) -> dict[str, Any]:
        return self._ask("GET", "/analytics", params={"days": days})

    def analytics_csv(self, days: int) -> str:
        """Get the days of the analytics as CSV."""
        answer = self._http.get("/analytics", params={"days": days, "format": "csv"})
        _check(answer)
        return answer.text

    def all_jobs(self, **search: Any) -> dict[str, Any]:
        """Get a page of the jobs of all owners."""
        return self._ask("GET", "/jobs", params=search)

    def cache(self) -> dict[str, Any]:
        return self._ask("GET", "/cache")

    def estimates(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/estimates")["estimates"])

    def webhooks(self, api_key: str) -> list[dict[str, Any]]:
        """List the webhooks of the user of a key."""
        found: list[dict[str, Any]] = self._ask("GET", "/api/webhooks", headers=_as(api_key))[
            "webhooks"
        ]
        return found

    def test_webhook(self, webhook_id: str, api_key: str) -> dict[str, Any]:
        """Send a test message to a webhook."""
        return self._ask("POST", f"/api/webhooks/{webhook_id}/test", headers=_as(api_key))

    def download(self, path: str, target: Path) -> Path:
        """Download to a file, which gets its name only when complete."""
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.part")
        with self._http.stream("GET", path) as answer, partial.open("wb") as file:
            _check(answer)
            for chunk in answer.iter_bytes():
                file.write(chunk)
        return partial.replace(target)

    def _of_job(self, method: str, job_id: str, what: str = "") -> dict[str, Any]:
        """Send a request about a job with its session's id; operators need none."""
        if job_id not in self._session_of:
            self._session_of[job_id] = self._find_session(job_id)
        session_id = self._session_of[job_id]
        headers = {"X-Session-ID": session_id} if session_id else {}
        return self._ask(method, f"/process/{job_id}{what}", headers=headers)

    def _find_session(self, job_id: str) -> str | None:
        for session_id in self._sessions[: -SESSIONS_TRIED - 1 : -1]:
            headers = {"X-Session-ID": session_id}
            answer = self._http.get(f"/process/{job_id}", headers=headers)
            if answer.is_success and answer.json()["session_id"] == session_id:
                return session_id
        return self._sessions[-1] if self._sessions else None

    def _upload(self, path: str, session_id: str, content: Path) -> dict[str, Any]:
        with content.open("rb") as file:
            return self._ask("POST", path, data={"session_id": session_id}, files={"file": file})

    def _ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        answer = self._http.request(method, path, **sent)
        _check(answer)
        body: dict[str, Any] = answer.json()
        return body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._http.close()


def _as(api_key: str) -> dict[str, str]:
    """Send a key in place of the operator token."""
    return {"Authorization": f"Bearer {api_key}"}


def _operator_token(url: str) -> str:
    """Return the operator token: the setting, or on this machine that of the state directory."""
    if given := read(os.environ).operator_token:
        return given
    host = urlsplit(url).hostname or ""
    return (
        read_secret(StateDirectory.find(os.environ).directory, OPERATOR_TOKEN)
        if host in LOOPBACK
        else ""
    )


def _maybe_as(api_key: str | None) -> dict[str, str]:
    return _as(api_key) if api_key else {}


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    answer.read()
    try:
        problem = answer.json()
        refused = RequestRefused(
            problem["user_message"],
            problem.get("error_code", ""),
            problem.get("errors", ()),
            _retry_after(answer),
        )
    except (ValueError, KeyError, TypeError):
        refused = RequestRefused(f"The server answered {answer.status_code} to {answer.url.path}.")
    raise refused


def _retry_after(answer: httpx.Response) -> float | None:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None


class Live:
    """The events of a session in order, each once, across reconnections."""

    def __init__(self, session_id: str, token: str = "") -> None:
        self._session_id = session_id
        self._token = token
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._last_id = "0-0"
        self._socket = OrderedClient(reconnection_delay=0.2, reconnection_delay_max=2.0)
        self._socket.on("connect", self._subscribe)
        for kind in EventType:
            self._socket.on(kind.value, self._events.put)

    def open(self, url: str) -> None:
        self._socket.connect(url, transports=["websocket"], wait_timeout=10)

    def close(self) -> None:
        self._socket.disconnect()

    def _subscribe(self) -> None:
        wish = {"session_id": self._session_id, "last_event_id": self._last_id}
        if self._token:  # an operator may only know the session's name
            wish["token"] = self._token
        self._socket.emit("subscribe_progress", wish)

    def next_event(self, seconds: float) -> dict[str, Any] | None:
        """Return the next new event; None if none arrives in time."""
        try:
            event = self._events.get(timeout=seconds)
        except queue.Empty:
            return None
        # Delivery is at least once; duplicates are dropped here.
        if id_order(event["event_id"]) <= id_order(self._last_id):
            return None
        self._last_id = event["event_id"]
        return event


@contextmanager
def live(url: str, session_id: str) -> Iterator[Live]:
    """Subscribe to a session's events for the duration of the block."""
    listening = Live(session_id, _operator_token(url))
    listening.open(url)
    try:
        yield listening
    finally:
        listening.close()
