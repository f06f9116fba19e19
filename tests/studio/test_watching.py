"""The scenes of a project are watched in a browser as they are finished, with the page's player."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from gpu_worker.engines.assemble import clip
from tasks.domain.artifact import Artifact
from tasks.domain.hosted import PART, STAGE, STREAM
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.studio.conftest import TOKEN, Journey
from tests.web.projects import samples, works
from web.db.columns import now
from web.db.engine import writing
from web.jobs import transitions
from web.jobs.models import Job, StageRun
from web.projects.models import GenerationJob, ProjectClip
from web.services import current_services
from web.sessions.models import Output

pytestmark = pytest.mark.slow

CLIPS = (
    ("red", "180x320", ()),
    # Of another model: larger, and with a sound.
    ("blue", "216x384", ("-f", "lavfi", "-i", "sine=330:d=1.7")),
)


def finish(generation: GenerationJob, scene: int, folder: Path) -> None:
    """Make the clip of a scene and store its files, as worker and controller do."""
    colour, size, sound = CLIPS[scene]
    folder.mkdir()
    made, store = folder / "made.mp4", current_services().artifacts
    encoding = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    made.write_bytes(samples.made(*samples.source(colour, 2.0, size), *sound, *encoding))
    done = clip.finish(
        *(made, made, folder), model="local/one", label=False, check=lambda: None, stream=True
    )
    parts = {name: store.put_file(path, "video/mp4") for name, path in done.parts.items()}
    artifact = store.commit(Artifact(f"{scene}" * 64, STAGE, "local/one", parts, done.facts))
    with writing() as db:
        mine = ProjectClip.generation_id == generation.id, ProjectClip.scene == scene
        job = db.get_one(Job, db.scalars(select(ProjectClip.job_id).where(*mine)).one())
        run = update(StageRun).where(StageRun.job_id == job.id)
        db.execute(run.values(artifact=artifact.key, state="done"))
        transitions.succeed(db, job, now())
        owned = {"session_id": job.session_id, "owner": job.owner, "job_id": job.id}
        for part, kind in ((PART, "final_output"), (STREAM, "metadata")):
            named = {"kind": kind, "filename": f"{job.id}-{part}"}
            db.add(Output(**named, **owned, **asdict(parts[part])))
    works.follow()


def test_scenes_are_watched_as_they_are_finished(
    tmp_path: Path, redis_server: RedisServer, journey: Journey
) -> None:
    """The second one is made while the first one plays, and follows it in the same player."""
    files = tmp_path / "files"
    with Deployment(tmp_path, redis_server, OPERATOR_TOKEN=TOKEN, AUTH="optional") as system:
        url = system.start_web()
        page = {"Sec-Fetch-Site": "same-origin"}
        with httpx.Client(base_url=url, headers=page) as http:
            http.post("/session/create", json={"user_id": "ada"}).raise_for_status()
            created = http.post("/api/projects", json={"name": "Watched"})
            assert created.status_code == 201, created.text
            project_id, (cookie,) = created.json()["id"], http.cookies.jar
        more = {"STUDIO_PROJECT": project_id, "STUDIO_COOKIE": f"{cookie.name}={cookie.value}"}
        with system.app.app_context(), ThreadPoolExecutor(1) as pool:
            works.plan(project_id)
            works.beat()
            generation = works.generate(project_id)
            watching = pool.submit(journey, "watching", url, **more)
            for scene, sign in enumerate(("waiting", "watching")):
                until(lambda: watching.done() or (files / sign).exists(), sign, 90)  # noqa: B023
                finish(generation, scene, tmp_path / f"clip-{scene}")
            told = watching.result()
    first, reached, end = told["first"], told["reached"], told["end"]
    assert (first["width"], first["height"]) == (180, 320)
    assert (reached["width"], reached["height"]) == (216, 384)
    assert first["red"] > 180 > 80 > first["blue"]
    assert reached["blue"] > 180 > 80 > reached["red"]
    assert end["error"] is None
    assert end["seconds"] == pytest.approx(4.0, abs=0.15)
    assert end["frames"] >= 90
