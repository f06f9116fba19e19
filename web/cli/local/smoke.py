"""Check a running system from outside: one job from the upload to the download.

Its events are followed on all three doors at once, and each must bring the same end.
"""

from __future__ import annotations

import json
import math
import struct
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import simple_websocket
from PIL import Image, ImageDraw

from web.cli.local.client import Client, Live, RequestRefused
from web.cli.local.demo import DemoFailed, portrait

SCRIPT = "Callsheet checks itself."
END = {"pipeline_completed", "pipeline_failed", "pipeline_cancelled"}
_RATE = 16_000


class SmokeFailed(Exception):
    """A step did not do what it should; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to check, and with what."""

    url: str
    api_key: str = ""
    mode: str = "auto"
    face: Path | None = None
    voice: Path | None = None
    seconds: float = 600.0
    """How long the job may take."""


@dataclass(slots=True)
class Result:
    """The seconds of each step, and of each stage of the job."""

    report: Callable[[str], None]
    steps: dict[str, float] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    version: str = ""
    bytes: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "steps": self.steps,
            "stages": self.stages,
            "bytes": self.bytes,
        }

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step, and name it in the error if it fails."""
        began = time.monotonic()
        try:
            yield
        except (RequestRefused, SmokeFailed, httpx.HTTPStatusError) as error:
            raise SmokeFailed(f"{name}: {error}") from None
        self.steps[name] = round(time.monotonic() - began, 3)


def check(wishes: Wishes, report: Callable[[str], None]) -> Result:
    """Make a video and remove it again; raises `SmokeFailed` at the first step that fails."""
    result = Result(report)
    token = {"operator_token": wishes.api_key} if wishes.api_key else {}
    with Client(wishes.url, **token) as client, tempfile.TemporaryDirectory() as scratch:
        with result.step("health"):
            result.version = _healthy(client)
        result.report("The server is healthy.")
        with result.step("session"):
            session_id = client.create_session("smoke")
        try:
            _make_video(client, wishes, session_id, Path(scratch), result)
        finally:
            client.close_session(session_id)
    return result


def _make_video(
    client: Client,
    wishes: Wishes,
    session_id: str,
    scratch: Path,
    result: Result,
) -> None:
    with result.step("upload"):
        client.upload_face(session_id, wishes.face or _face(scratch, wishes.mode))
        client.upload_voice(session_id, wishes.voice or _voice(scratch))
    result.report("A picture and a recording are accepted.")
    with ThreadPoolExecutor(3) as pool:
        with result.step("start"):
            job_id = client.start(session_id, script=SCRIPT, mode=wishes.mode, quality="fast")
        doors = {
            "Socket.IO": pool.submit(_socket_io, client, session_id, wishes.seconds),
            "Server-Sent Events": pool.submit(
                _server_sent_events, client, session_id, job_id, wishes.seconds
            ),
            "WebSocket": pool.submit(_web_socket, client, session_id, wishes.seconds),
        }
        with result.step("job"):
            ends = {door: end.result() for door, end in doors.items()}
            _agree(ends)
    result.report(f"The job ended after {result.steps['job']:.1f} s, on all three doors.")
    with result.step("download"):
        job = client.job(job_id)
        result.stages = _stage_seconds(job)
        video = client.download(job["result"]["final_output"]["url"], scratch / "video.mp4")
        result.bytes = video.stat().st_size
        with video.open("rb") as file:
            if file.read(12)[4:8] != b"ftyp":
                raise SmokeFailed("the file is not an MP4")
    result.report(f"The video is downloaded ({result.bytes / 1e6:.1f} MB).")
    with result.step("cleanup"):
        client.delete_job(session_id, job_id)
    result.report("Its files are deleted.")


def _healthy(client: Client) -> str:
    health = client.health()
    if health["status"] == "unhealthy":
        raise SmokeFailed(f"the server says that it is {health['status']}")
    return str(health.get("version", ""))


def _agree(ends: dict[str, dict[str, Any]]) -> None:
    for door, end in ends.items():
        if end["event_type"] != "pipeline_completed":
            raise SmokeFailed(f"{end['event_type']} on {door}: {end.get('message', '')}")
    if len({end["event_id"] for end in ends.values()}) != 1:
        raise SmokeFailed(f"the doors bring different ends: {ends}")


def _socket_io(client: Client, session_id: str, seconds: float) -> dict[str, Any]:
    listening = Live(session_id, client.token)
    listening.open(client.url)
    try:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            event = listening.next_event(min(left, 5.0))
            if event is not None and event["event_type"] in END:
                return event
    finally:
        listening.close()
    raise SmokeFailed("no end on Socket.IO")


def _server_sent_events(
    client: Client, session_id: str, job_id: str, seconds: float
) -> dict[str, Any]:
    for event in client.job_events(session_id, job_id, seconds):
        if event["event_type"] in END:
            return event
    raise SmokeFailed("no end in the Server-Sent Events")


def _web_socket(client: Client, session_id: str, seconds: float) -> dict[str, Any]:
    url = f"ws{client.url.removeprefix('http')}/progress/{session_id}?last_event_id=0-0"
    socket = simple_websocket.Client(url, headers=client.headers)
    try:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            text = socket.receive(timeout=min(left, 5.0))
            event: dict[str, Any] = json.loads(text) if text else {}
            if event.get("event_type") in END:
                return event
    finally:
        socket.close()
    raise SmokeFailed("no end on the WebSocket")


def _stage_seconds(job: dict[str, Any]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for run in job.get("stages", ()):
        name = str(run["stage"])
        seconds[name] = round(seconds.get(name, 0.0) + float(run.get("seconds") or 0.0), 3)
    return seconds


def _face(directory: Path, mode: str) -> Path:
    """Return the demo's portrait; a simulation accepts a drawn face."""
    try:
        return portrait()
    except DemoFailed:
        if mode != "simulation":
            raise SmokeFailed("there is no portrait on this machine; name one by --face") from None
    picture = Image.new("RGB", (512, 512), "lightgrey")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((156, 96, 356, 416), fill="bisque")
    for x in (216, 296):
        draw.ellipse((x - 14, 226, x + 14, 246), fill="black")
    draw.arc((206, 300, 306, 360), 20, 160, fill="brown", width=6)
    picture.save(directory / "face.png")
    return directory / "face.png"


def _voice(directory: Path) -> Path:
    """Write a recording of two seconds."""
    samples = [
        int(9000 * math.sin(2 * math.pi * 180 * n / _RATE) * math.sin(math.pi * n / 4000) ** 2)
        for n in range(2 * _RATE)
    ]
    with wave.open(str(directory / "voice.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return directory / "voice.wav"
