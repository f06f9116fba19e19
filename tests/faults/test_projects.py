"""A generation survives the death of its worker and of the controller at every boundary."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.projects.samples import two_shots
from tests.web.projects.test_whole_path import Caller
from web.db.engine import reading
from web.jobs.models import Job, StageRun
from web.projects.models import ProjectClip
from web.providers.models import ProviderCall

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_processes_lose_no_scene_and_make_none_twice(
    tmp_path: Path, redis_server: RedisServer, request: pytest.FixtureRequest, database: str
) -> None:
    extra = {"PROJECT_HEIGHT": "360"}
    if database == "postgresql":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with Deployment(tmp_path, redis_server, **extra) as system:
        system.start_control()
        system.start_workers("lite")
        url = system.start_web()
        with httpx.Client(base_url=url, timeout=60, headers=system.operator) as http:
            caller = Caller(http)
            caller.create(max_seconds=30)
            caller.post("/upload-sample", 200, files={"file": ("a.mp4", two_shots())})
            caller.post("/analyze")
            caller.until("planning")
            caller.post("/chat", 200, json={"message": 'scene 2 says "And that is all."'})
            caller.post("/generate")

            until(lambda: _running(system, "clip"), "a clip is being made", 90)
            system.kill_tree("worker-0")
            system.kill("control")
            system.start_control("control-2")
            system.start_workers("lite")
            until(lambda: _running(system, "edit"), "the edit runs", 240)
            system.kill_tree("worker-1")
            system.kill("control-2")
            system.start_control("control-3")
            system.start_workers("lite")
            done = caller.until("completed", seconds=300)
        assert [scene["state"] for scene in done["scenes"]] == ["made", "made"]
        with system.app.app_context(), reading() as db:
            clips = list(db.scalars(select(ProjectClip)))
            calls = list(db.scalars(select(ProviderCall).where(ProviderCall.state == "done")))
            jobs = list(db.scalars(select(Job).where(Job.kind == "project")))
        assert len(clips) == len(calls) == 2
        assert {call.job_id for call in calls} == {clip.job_id for clip in clips}
        assert len(jobs) == 1


def _running(system: Deployment, stage: str) -> bool:
    states = ("running", "done")
    mine = select(StageRun.id).where(StageRun.stage == stage, StageRun.state.in_(states))
    with system.app.app_context(), reading() as db:
        return db.scalar(mine.limit(1)) is not None
