"""From `POST /session/create` to the downloaded MP4, as a front end does it: real processes,
a real HTTP client, real Socket.IO clients, on SQLite and on PostgreSQL."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tasks.domain.events import EventType, id_order
from tests.deployment import THREE_SCENES, Deployment, small_picture
from tests.services.redis_server import RedisServer
from web.realtime.client import OrderedClient

END = {"pipeline_completed", "pipeline_failed", "pipeline_cancelled"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def system(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer
) -> Iterator[Deployment]:
    """Control and two workers that beat, on either database."""
    extra = {}
    if request.param == "postgresql":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        yield deployment


class Listener:
    """A Socket.IO client that writes down what it hears."""

    def __init__(self, address: str, session_id: str, last_event_id: str | None = None) -> None:
        self.heard: list[dict[str, Any]] = []
        self._news: queue.Queue[dict[str, Any]] = queue.Queue()
        self._client = OrderedClient(reconnection=False)
        for name in EventType:
            self._client.on(name.value, self._news.put)
        self._client.connect(address, transports=["websocket"])
        wish = {"session_id": session_id, "last_event_id": last_event_id}
        self.ack = self._client.call("subscribe_progress", wish)

    def until(self, *names: str, seconds: float = 90) -> dict[str, Any]:
        while True:
            event = self._news.get(timeout=seconds)
            self.heard.append(event)
            if event["event_type"] in names:
                return event

    def leave(self) -> None:
        self._client.disconnect()


def test_a_front_end_makes_a_video(system: Deployment, tmp_path: Path) -> None:
    one, other = system.start_web("web-1"), system.start_web("web-2")
    with httpx.Client(base_url=one, timeout=30) as http:
        session_id = http.post("/session/create", json={"user_id": "ada"}).json()["session_id"]
        http.headers["X-Session-ID"] = session_id
        picture = {"file": ("me.png", small_picture(), "image/png")}
        sent = http.post("/upload/face", data={"session_id": session_id}, files=picture)
        assert sent.status_code == 201, sent.text

        # One client on each web process, and one that goes away and comes back.
        here, there = Listener(one, session_id), Listener(other, session_id)
        leaving = Listener(other, session_id)
        assert here.ack["ok"], here.ack

        request = {
            "session_id": session_id,
            "script": THREE_SCENES,
            "mode": "simulation",
            "height": 240,
        }
        started = http.post("/process/start", json=request)
        assert started.status_code == 202, started.text
        job_id = started.json()["job_id"]
        assert started.headers["Location"].endswith(f"/process/{job_id}")

        last = leaving.until("stage_completed")
        leaving.leave()
        end = here.until(*END)
        assert end["event_type"] == "pipeline_completed", end["details"]
        there.until(*END)
        back = Listener(one, session_id, last["event_id"])
        back.until(*END)

        _assert_same_story(here.heard, there.heard)
        _assert_same_story(here.heard, leaving.heard + back.heard)

        # Who hears "completed" can download, at once and in part.
        final = end["details"]["final_output"]
        video = http.get(final["url"])
        assert video.status_code == 200
        assert video.headers["Content-Type"] == "video/mp4"
        assert video.content[4:8] == b"ftyp"
        part = http.get(final["url"], headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")

        job = http.get(f"/process/{job_id}").json()
        assert job["state"] == "succeeded"
        files = http.get(f"/outputs/{session_id}").json()["outputs"]
        kinds = {file["kind"] for file in files}
        assert {"final_output", "video_clip", "audio", "image", "script", "metadata"} <= kinds
    for listener in (here, there, back):
        listener.leave()


def _assert_same_story(told: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    """The same events under the same ids, each once, in order; nothing lost, nothing repeated."""

    def job_events(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [event for event in events if event["job_id"]]

    ids = [id_order(event["event_id"]) for event in job_events(told)]
    assert all(a < b for a, b in pairwise(ids))
    assert job_events(told) == job_events(other)


def test_a_listener_receives_the_cancellation(system: Deployment) -> None:
    address = system.start_web()
    with httpx.Client(base_url=address, timeout=30) as http:
        session_id = http.post("/session/create", json={"user_id": "ada"}).json()["session_id"]
        http.headers["X-Session-ID"] = session_id
        picture = {"file": ("me.png", small_picture(), "image/png")}
        http.post("/upload/face", data={"session_id": session_id}, files=picture)
        listener = Listener(address, session_id)
        request = {"session_id": session_id, "script": THREE_SCENES, "mode": "simulation"}
        job_id = http.post("/process/start", json=request).json()["job_id"]
        listener.until("stage_started")
        assert http.post(f"/process/{job_id}/cancel").status_code == 202
        assert listener.until(*END, seconds=10)["event_type"] == "pipeline_cancelled"
        assert http.get(f"/process/{job_id}").json()["state"] == "cancelled"
    listener.leave()
