"""A live process on a real Redis, and what its clients need."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import websocket

from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.ports import find_free_port
from web.sessions.names import name_of, new_id
from web.sessions.signatures import in_path, signature_of

ROOT = Path(__file__).resolve().parents[3]
SECRET = "of-the-live-process-of-these-tests"


class LiveProcess:
    """`python -m web.live`, which may be ended and started again."""

    def __init__(self, server: RedisServer, state: Path, **environ: str) -> None:
        self.redis_server = server
        self.bus = EventBus(server.client())
        self.port = find_free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._log = state / "live.log"
        self._environ = os.environ | {
            "LIVE": "on",
            "LIVE_PORT": str(self.port),
            "LIVE_URL": "/live",
            "CALLSHEET_STATE": str(state),
            "REDIS_URL": server.url,
            "SECRET_KEY": SECRET,
            "CLIENTS_PER_ADDRESS": "0",
            "REQUESTS_A_MINUTE": "1000000",
            "LIVE_HANDSHAKES_A_SECOND": "0",
            **environ,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.bus.client.close()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "web.live"],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        until(self._answers, "the live process answers", 30)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None

    def log(self) -> str:
        return self._log.read_text()

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"http://{self.address}/healthz", timeout=5).json()
        return found

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            return bool(self.health())
        except httpx.TransportError:
            return False

    # --- clients ----------------------------------------------------------------------

    def link(self, session: str, job_id: str | None = None, **changes: str) -> str:
        """A signed link, as web processes make it."""
        path = f"/progress/{in_path(session)}" if job_id is None else f"/process/{job_id}/events"
        expires = changes.get("expires", str(int(time.time()) + 900))
        sign_in = changes.get("sign_in", "")
        signature = signature_of(SECRET.encode(), path, session, expires, sign_in)
        query = {"expires": expires, "sign_in": sign_in, "signature": signature}
        query |= {"session": in_path(session)}
        return f"{path}?{httpx.QueryParams(query | changes)}"

    def get(self, link: str, **headers: str) -> httpx.Response:
        return httpx.get(f"http://{self.address}{link}", headers=headers, timeout=10)

    def socket(self, link: str, **options: Any) -> websocket.WebSocket:
        return websocket.create_connection(f"ws://{self.address}{link}", timeout=10, **options)

    @contextmanager
    def watching(self, link: str, **options: Any) -> Iterator[websocket.WebSocket]:
        """A client whose connection is closed afterwards, also if the server has ended it."""
        client = self.socket(link, **options)
        try:
            yield client
        finally:
            client.shutdown()  # type: ignore[no-untyped-call]

    @contextmanager
    def stream(self, link: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
        """The events of a job as they come."""
        address = f"http://{self.address}{link}"
        with httpx.stream("GET", address, headers=headers, timeout=10) as answer:
            assert answer.status_code == 200, answer.read()
            lines = answer.iter_lines()
            yield (json.loads(line[6:]) for line in lines if line.startswith("data: "))

    def say(self, session: str, number: int, job_id: str | None = None) -> Event:
        details = {"number": number}
        event = Event(EventType.PROGRESS_UPDATE, session, job_id, message="news", details=details)
        return self.bus.emit(event)


def a_session() -> tuple[str, str]:
    """The id of a session, and its name."""
    session_id = new_id()
    return session_id, name_of(session_id)


def heard(client: websocket.WebSocket) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.recv())
    return found
