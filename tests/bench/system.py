"""A house whose workers have engines that do nothing, and clients that only wait."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import socketio

from tests.deployment import USER, Deployment, small_picture
from tests.services.waiting import until

SCENES = 4
STAGES_OF_A_JOB = 2 + 3 * SCENES + 1
TERMINAL = ("pipeline_completed", "pipeline_failed", "pipeline_cancelled")
CALM = {"LEASE_SECONDS": "15", "SWEEP_SECONDS": "5", "LOG_LEVEL": "WARNING"}
"""The defaults again: a house for tests looks more often than a system in use."""

_seeds = itertools.count(1)


def start_workers(deployment: Deployment, count: int, prefix: str = "idle", **extra: str) -> None:
    """So many workers with idle engines; returns when all of them beat."""
    wanted = len(deployment.nodes()) + count
    for number in range(count):
        deployment.start(f"{prefix}-{number}", "tests.bench.worker", "lite", **extra)
    until(lambda: len(deployment.nodes()) >= wanted, "workers beat", 90)


class Caller:
    """A front end: one session with a face in it."""

    def __init__(self, address: str, credentials: Mapping[str, str] | None = None) -> None:
        self.address = address
        self.http = httpx.Client(base_url=address, headers=credentials, timeout=60)
        sent = self.http.post("/session/create", json={"user_id": USER})
        self.session_id: str = sent.json()["session_id"]
        self.http.headers["X-Session-ID"] = self.session_id
        self.upload_face()

    def upload_face(self, red: int = 60) -> None:
        """The face of the next jobs; another red is another picture."""
        picture = {"file": ("me.png", small_picture(red), "image/png")}
        data = {"session_id": self.session_id}
        assert self.http.post("/upload/face", data=data, files=picture).status_code == 201

    def start(self, scenes: int = SCENES, seed: int | None = None) -> str:
        """A job that shares no result with any other, unless it names a seed."""
        wish = {"session_id": self.session_id, "topic": "bees", "scenes": scenes, "height": 240}
        wish |= {"mode": "simulation", "seed": next(_seeds) if seed is None else seed}
        answer = self.http.post("/process/start", json=wish)
        assert answer.status_code == 202, answer.text
        job_id: str = answer.json()["job_id"]
        return job_id

    def start_many(self, count: int, scenes: int = SCENES) -> list[str]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda _: self.start(scenes), range(count)))


class Ends:
    """A Socket.IO client of a session: which job has ended, and when it heard of it."""

    def __init__(self, client: socketio.Client, session_id: str) -> None:
        self._client = client
        self._news: queue.Queue[tuple[str, str, float]] = queue.Queue()
        for name in TERMINAL:
            client.on(name, self._hear)
        assert client.call("subscribe_progress", {"session_id": session_id})["ok"]

    def _hear(self, event: dict[str, str]) -> None:
        self._news.put((event["job_id"], event["event_type"], time.monotonic()))

    def of(self, count: int, seconds: float = 300) -> dict[str, float]:
        """The moments of so many ends; each of them must be a good one."""
        heard: dict[str, float] = {}
        while len(heard) < count:
            job_id, how, at = self._news.get(timeout=seconds)
            assert how == "pipeline_completed", how
            heard[job_id] = at
        return heard


@contextmanager
def listening(caller: Caller) -> Iterator[Ends]:
    client = socketio.Client(reconnection=False)
    client.connect(caller.address, transports=["websocket"])
    try:
        yield Ends(client, caller.session_id)
    finally:
        client.disconnect()
