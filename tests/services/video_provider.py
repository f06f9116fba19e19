"""A video provider on this machine: it speaks Runway's wire, and fails as it is told.

What it has sold is counted by what it was asked, so a test can tell whether anything was bought
twice.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gpu_worker.media import ffmpeg
from tests.services.http_server import Answer, Asked, Server, serving

Rule = Callable[[Asked], Answer | None]


@cache
def clip(seconds: float = 5.0, size: str = "160x90") -> bytes:
    """A small MP4 with so many seconds of a moving picture."""
    command = [ffmpeg.executable(), "-v", "error", "-f", "lavfi"]
    command += ["-i", f"testsrc=size={size}:rate=8:duration={seconds}", "-c:v", "libx264"]
    command += [
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "frag_keyframe+empty_moov",
    ]
    command += ["-f", "mp4", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@dataclass
class Sold:
    """A task that was created."""

    id: str
    key: str
    body: dict[str, Any]
    polls: int = 0
    status: str = "PENDING"


@dataclass
class VideoProvider:
    """What it has sold, and how it behaves; `rule` may answer first."""

    server: Server
    sold: list[Sold] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    downloads: int = 0
    polls_until_done: int = 1
    failure: dict[str, Any] | None = None
    file: bytes | None = None
    """What a download answers; None: a clip of the right length."""
    rule: Rule = lambda _asked: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return self.server.url

    def answer(self, asked: Asked) -> Answer:
        with self.lock:
            ruled = self.rule(asked)
            return ruled if ruled is not None else self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        key = asked.headers.get("authorization", "").removeprefix("Bearer ")
        path = asked.path.partition("?")[0]
        if asked.method == "POST" and path.endswith("_to_video"):
            task = Sold(f"task-{len(self.sold)}", key, asked.json)
            self.sold.append(task)
            return Answer.of({"id": task.id, "estimatedCost": {"credits": 60}})
        if path.startswith("/v1/tasks/"):
            return self._task(asked, path.rpartition("/")[2], key)
        if path.startswith("/files/"):
            self.downloads += 1
            body = self.file if self.file is not None else clip()
            return Answer(body, headers={"content-type": "video/mp4"})
        if path == "/v1/organization":
            return Answer.of({"creditBalance": 120})
        return Answer.of({"error": "not found"}, 404)

    def _task(self, asked: Asked, task_id: str, key: str) -> Answer:
        task = next((one for one in self.sold if one.id == task_id and one.key == key), None)
        if task is None:
            return Answer.of({"error": "no such task"}, 404)
        if asked.method == "DELETE":
            self.cancelled.append(task_id)
            return Answer(status=204, body=b"{}")
        task.polls += 1
        if task.polls < self.polls_until_done:
            return Answer.of({"id": task_id, "status": "RUNNING", "progress": 0.5})
        if self.failure is not None:
            return Answer.of({"id": task_id, "status": "FAILED", **self.failure})
        output = [f"{self.url}/files/{task_id}.mp4"]
        return Answer.of({"id": task_id, "status": "SUCCEEDED", "output": output})


@contextmanager
def selling() -> Iterator[VideoProvider]:
    """Run a provider for a test."""
    with serving() as server:
        provider = VideoProvider(server)
        server.answer = provider.answer
        yield provider
