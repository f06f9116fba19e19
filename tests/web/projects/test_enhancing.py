"""Clips of hosted models that are smaller than the video are enhanced; all others are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask

from config.stages import ALL_STAGES
from gpu_worker.media import streams
from tasks.domain.offers import Offer
from tasks.nodes import registry as nodes
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.video_provider import clip, selling
from tests.web.billing import works as money
from tests.web.billing.works import OWNER
from tests.web.projects import works
from tests.web.projects.samples import two_shots
from tests.web.projects.test_whole_path import Caller
from tests.web.providers.clips import KEYS, MODEL, sell_at
from web.db.engine import reading, writing
from web.jobs.models import Job
from web.projects import plans, production, projects
from web.projects.models import GenerationJob
from web.providers.models import Provider, ProviderModel
from web.services import current_services


def beat(*stages: str) -> None:
    """Announce a worker with a key of the shop and the stages of a project, and these."""
    offers = tuple(
        Offer(stage, ALL_STAGES[stage].engines[-2], "1", "lite", "lite")
        if stage == "enhance"
        else Offer(stage, ALL_STAGES[stage].engines[0], "1", "lite", "lite")
        for stage in ("voice", "analyse", "sound", "edit", "check", *stages)
    )
    extra = {"makes_clips": True, "providers": ["shop"]}
    described = "lite@here", "lite", "here", 1, "cpu", 100, 1000, offers
    nodes.send_heartbeat(current_services().redis, nodes.Node(*described, extra=extra))


def planned(resolutions: list[str], model: str = MODEL) -> str:
    """Plan a video of two scenes with a model that declares these resolutions."""
    with writing() as db:
        db.merge(Provider(name="shop", title="Shop", wire="runway", base_url="http://shop.test"))
        db.flush()
        known = {"takes": ["text", "first_frame"], "durations": [2.0, 10.0], "any_duration": True}
        named = {"id": MODEL, "provider": "shop", "name": "one", "title": "One"}
        db.merge(ProviderModel(**named, **known, ratios=["9:16"], resolutions=resolutions))
    project_id = works.planned(OWNER)
    with reading() as db:
        raw = plans.current(db, projects.find(db, project_id)).plan
    raw["model"] = {"id": model, "reason": ""}
    plans.put(project_id, plans.parse(raw), 1)
    return project_id


def options(generation: GenerationJob) -> dict[str, Any]:
    with reading() as db:
        return dict(db.get_one(Job, generation.job_id).options)


@pytest.mark.parametrize(
    ("resolutions", "model", "stages", "expected"),
    [
        (["480p"], MODEL, ("enhance",), [0, 1]),
        (["480p"], MODEL, (), []),  # no worker can do it
        (["720p", "480p"], MODEL, ("enhance",), []),
        ([], MODEL, ("enhance",), []),  # nothing is declared
        (["480p"], "local", ("enhance",), []),  # its still is enhanced before
    ],
)
def test_the_declared_resolution_decides(
    app: Flask, resolutions: list[str], model: str, stages: tuple[str, ...], expected: list[int]
) -> None:
    beat(*stages)
    generation = works.generate(planned(resolutions, model))
    assert options(generation)["enhanced"] == expected


def test_enhancing_is_quoted_by_the_seconds_of_its_scenes(billed: Flask) -> None:
    beat("enhance")
    money.open_account(amount=100)
    project_id = planned(["480p"])
    with reading() as db:
        quote = production.quote(current_services(), db, projects.find(db, project_id))
    assert [one["stage"] for one in quote["stages"]] == ["enhance", "sound", "edit", "check"]
    assert quote["stages"][0]["quantity"] == 8.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_small_clip_of_a_provider_is_enhanced(tmp_path: Path, redis_server: RedisServer) -> None:
    settings = {"PROJECT_HEIGHT": "540", "PROVIDER_KEYS": KEYS}
    with selling() as provider, Deployment(tmp_path, redis_server, **settings) as system:
        provider.file = clip(5.0, "90x160")
        sell_at(system, provider.url, one={"resolutions": ["480p"]})
        system.start_control()
        system.start_workers("lite", "hosted")
        with httpx.Client(
            base_url=system.start_web(), timeout=60, headers=system.operator | system.credentials
        ) as http:
            caller = Caller(http)
            caller.create(max_seconds=20)
            caller.post("/upload-sample", 200, files={"file": ("a.mp4", two_shots())})
            caller.post("/analyze")
            caller.until("planning")
            caller.post("/chat", 200, json={"message": f"use the model {MODEL}"})
            caller.post("/chat", 200, json={"message": "drop scene 2"})
            caller.post("/generate")
            done = caller.until("completed")
            link = http.get(f"{caller.path}/download").headers["Location"]
            video = tmp_path / "video.mp4"
            video.write_bytes(http.get(link).content)
            with video.open("rb") as file:
                told = http.post("/api/verify", files={"file": ("film.mp4", file)}).json()
        runs = {run.step for run in system.runs(done["job_id"])}
    assert "enhance.0" in runs
    picture = streams.video(video)
    assert (picture.width, picture.height) == (540, 960)
    assert {one["stage"] for one in told["engines"]} >= {"clip", "enhance", "edit"}
