"""The list of open jobs with their places and pictures, and cancelling all of them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller
from web.db.engine import writing
from web.jobs.models import Job


def test_open_jobs_have_places_and_pictures_and_are_cancelled_together(
    app: Flask, caller: Caller
) -> None:
    session_id = caller.ready_session()
    mine = {"X-Session-ID": session_id}
    started = [
        caller.start(session_id, script=f"Film {number}.").json()["job_id"] for number in range(3)
    ]
    with writing() as db:
        db.get_one(Job, started[0]).state = "succeeded"

    def open_jobs() -> dict[str, Any]:
        answer = caller.http.get("/api/jobs?state=open&limit=200", headers=mine)
        assert answer.status_code == 200, answer.text
        return {job["job_id"]: job for job in answer.json()["jobs"]}

    found = open_jobs()
    assert set(found) == set(started[1:])
    places = [found[job]["queue_position"] for job in started[1:]]
    assert places == sorted(places, key=lambda place: place or 0)
    picture = caller.http.get(found[started[1]]["signed_thumbnail_url"])
    assert picture.headers["content-type"] == "image/jpeg"

    only_running = caller.http.post("/api/jobs/cancel", json={"state": "running"}, headers=mine)
    assert only_running.json() == {"jobs": []}
    every = caller.http.post("/api/jobs/cancel", headers=mine)
    assert every.status_code == 202
    assert set(every.json()["jobs"]) == set(started[1:])
    assert all(job["cancel_requested"] for job in open_jobs().values())
    assert caller.http.post("/api/jobs/cancel", headers=mine).json() == {"jobs": []}


def test_a_download_is_named_after_its_video(app: Flask, caller: Caller) -> None:
    session_id = caller.ready_session()
    job_id = caller.start(session_id, script="Straße: zum/Meer.").json()["job_id"]
    for name in ("final.mp4", "captions.vtt"):
        put_output(session_id, f"{job_id}", f"{job_id}-{name}", b"x")
    named = [
        caller.http.get(f"/download/{session_id}/{job_id}-{name}").headers["content-disposition"]
        for name in ("final.mp4", "captions.vtt")
    ]
    assert "Stra%C3%9Fe" in named[0]
    assert named[0].endswith("Meer.mp4")
    assert named[1].endswith("captions.vtt")
    assert "Stra%C3%9Fe" in named[1]
