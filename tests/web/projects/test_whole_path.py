"""A project from its sample to the downloaded video, with the lite engines of one real worker."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gpu_worker.media import streams
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.projects.samples import two_shots

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Caller:
    """A browser of a visitor, and its project."""

    http: httpx.Client
    path: str = ""

    def create(self, **more: Any) -> None:
        answer = self.http.post("/api/projects", json={"name": "Mine", **more})
        assert answer.status_code == 201, answer.text
        self.path = answer.headers["Location"]

    def get(self, what: str = "") -> dict[str, Any]:
        answer = self.http.get(f"{self.path}{what}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, what: str, expected: int = 202, **sent: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.path}{what}", **sent)
        assert answer.status_code == expected, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def until(self, *statuses: str, seconds: float = 240) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.get("/status")
            assert found["status"] != "failed" or "failed" in statuses, found
            return found if found["status"] in statuses else None

        return until(look, f"the project is {statuses}", seconds=seconds)


@pytest.fixture
def caller(tmp_path: Path, redis_server: RedisServer) -> Iterator[Caller]:
    with Deployment(tmp_path, redis_server, PROJECT_HEIGHT="360") as system:
        system.start_control()
        system.start_workers("lite")
        url = system.start_web()
        with httpx.Client(base_url=url, timeout=60, headers=system.operator) as http:
            yield Caller(http)


def test_a_sample_becomes_a_finished_video(caller: Caller, tmp_path: Path) -> None:
    caller.create(max_seconds=30)
    assert caller.get("/status")["status"] == "uploading"
    caller.post("/analyze", 409)
    caller.post("/upload-sample", 200, files={"file": ("like this.mp4", two_shots())})
    caller.post("/analyze")
    caller.until("planning")
    first = caller.get("/plan")
    assert (first["revision"], first["made_by"]) == (1, "planner")
    assert len(first["plan"]["scenes"]) == 2
    assert first["quote"]["credits"] == 0
    assert "lite_clips" in {one["code"] for one in first["degraded"]}

    said = caller.post("/chat", 200, json={"message": 'scene 1 says "Hello there."'})
    assert said["changed"], said
    assert caller.post("/generate", 409, json={"plan_revision": 1})["error_code"] == "PLAN_CHANGED"
    quote = caller.get("/plan")["quote"]["quote_id"]
    caller.post("/generate", json={"plan_revision": 2, "quote_id": quote})
    assert caller.post("/generate", 409)["error_code"] == "PROJECT_STATE"
    done = caller.until("completed")
    assert done["progress"] == 1.0
    assert [scene["reused"] for scene in done["scenes"]] == [False, False]

    link = caller.http.get(f"{caller.path}/download")
    assert link.status_code == 302
    video = tmp_path / "video.mp4"
    video.write_bytes(httpx.get(caller.http.base_url.join(link.headers["Location"])).content)
    picture = streams.video(video)
    assert (picture.width, picture.height) == (360, 640)
    assert picture.seconds == pytest.approx(caller.get("/plan")["seconds"], abs=0.2)
    with video.open("rb") as file:
        told = caller.http.post("/api/verify", files={"file": ("film.mp4", file)}).json()
    assert (told["verdict"], told["signed_with"]) == ("ours", "self-made"), told
    assert told["statement"]["valid"]
    assert {one["stage"] for one in told["engines"]} >= {"voice", "sound", "edit", "check", "clip"}
    assert len(told["statement"]["ingredients"]) == 2
    assert f"{done['job_id']}-final.mp4" in link.headers["Location"]  # and not that of the edit
    exported = caller.http.get(f"{caller.path}/export")
    names = zipfile.ZipFile(io.BytesIO(exported.content)).namelist()
    assert {"timeline.otio", "timeline.fcpxml", "plan.json"} < set(names)
    assert len(names) == 5

    caller.post("/chat", 200, json={"message": "make scene 2 longer by 1 second"})
    again = caller.post("/regenerate")
    assert again["saved"]["clips"] == 1
    assert [scene["reused"] for scene in caller.until("completed")["scenes"]] == [True, False]
    assert caller.http.delete(caller.path).status_code == 204
    assert caller.http.get(caller.path).status_code == 404
