"""A project over the API from its plan to its download; what workers report is written here.

`make examples` takes the examples of these operations from here.
"""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.projects import works
from tests.web.projects.test_storyboard import draw
from web.db.engine import reading, writing
from web.projects.models import GenerationJob, ProjectClip
from web.sessions.models import Output


def finish(generation_id: str) -> GenerationJob:
    """Make the clips of a generation, and store their files."""
    with reading() as db:
        generation = db.get_one(GenerationJob, generation_id)
        mine = select(ProjectClip).where(ProjectClip.generation_id == generation_id)
        jobs = [clip.job_id for clip in db.scalars(mine) if clip.job_id]
    works.make_clips(generation)
    for job_id in jobs:
        keep(generation, job_id)
    return generation


def keep(generation: GenerationJob, job_id: str) -> None:
    """Store the files of a job, as the controller does."""
    clip = works.CLIP
    kept = {"sha256": clip.sha256, "bytes": clip.bytes, "media_type": clip.media_type}
    with writing() as db:
        session_id = works.project(generation.project_id).session_id
        for part, kind in (("final.mp4", "final_output"), ("stream.ts", "metadata")):
            named = {"kind": kind, "filename": f"{job_id}-{part}"}
            db.add(Output(session_id=session_id, job_id=job_id, **named, **kept))


def test_a_project_goes_from_its_plan_to_its_download(standing: FlaskClient) -> None:
    created = standing.post("/api/projects", json={"name": "Bakery", "max_seconds": 30})
    path = created.headers["Location"]
    project_id = path.rpartition("/")[2]

    def post(what: str, **sent: Any) -> dict[str, Any]:
        with standing.application.app_context():
            works.beat()
        answer = standing.post(f"{path}/{what}", json=sent)
        assert answer.status_code in (200, 202), answer.text
        return answer.json or {}

    with standing.application.app_context():
        works.plan(project_id)
    assert post("plan/regenerate")["revision"] == 2
    drafts = post("storyboard")["panels"]
    assert [panel["state"] for panel in drafts] == ["making", "making"]
    with standing.application.app_context():
        draw(project_id)
    assert post("storyboard/approve", approved=True)["approved"]

    quote = (standing.get(f"{path}/plan").json or {})["quote"]
    confirmed = {"plan_revision": 2, "quote_id": quote["quote_id"], "storyboard": True}
    started = post("generate", **confirmed)
    assert (started["status"], started["plan_revision"]) == ("generating", 2)
    begun = standing.get(f"{path}/playlist").text
    assert "#EXTINF" not in begun
    with standing.application.app_context():
        generation = finish(started["generation_id"])
    playlist = standing.get(f"{path}/playlist")
    assert playlist.mimetype == "application/vnd.apple.mpegurl"
    assert playlist.text.startswith(begun.rstrip())
    assert playlist.text.count("#EXTINF:") == 2
    assert standing.get(f"{path}/download").status_code == 409

    with standing.application.app_context():
        works.make_video(generation)
        keep(generation, generation.job_id)
    video = standing.get(f"{path}/download")
    assert video.status_code == 302
    assert f"/{generation.job_id}-final.mp4?" in video.headers["Location"]
    price = post("regenerate/quote", settings={"captions": "off"})
    assert [line["reused"] for line in price["scenes"]] == [True, True]
    again = post("regenerate", settings={"captions": "off"}, quote_id=price["quote_id"])
    assert (again["plan_revision"], again["saved"]["clips"]) == (3, 2)
