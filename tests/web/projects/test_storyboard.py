"""Storyboards: cheap drafts that are approved before a video is generated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from tests.web.conftest import close
from tests.web.projects import works
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import queue, transitions
from web.jobs.charging import Origin
from web.jobs.models import Job
from web.projects import chat, production, projects, storyboard
from web.projects.errors import StoryboardOpen
from web.projects.models import StoryboardPanel
from web.projects.production import Confirmation
from web.services import current_services

OWNER = "key:ada"


@pytest.fixture
def app(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    with app.app_context():
        works.beat()
        yield app
    close(app)


def make(project_id: str, *scenes: str) -> list[dict[str, Any]]:
    return storyboard.make(current_services(), project_id, scenes, Origin())


def report(project_id: str) -> list[dict[str, Any]]:
    with reading() as db:
        return storyboard.report(db, projects.find(db, project_id))


def draw(project_id: str) -> None:
    """Let the workers make all drafts of a project."""
    with writing() as db:
        for job in db.scalars(select(Job).where(Job.project_id == project_id, Job.is_open)):
            transitions.succeed(db, job, now())


def test_a_scene_that_is_changed_needs_another_draft_and_approval(app: Flask) -> None:
    project_id = works.planned(OWNER)
    assert [panel["state"] for panel in report(project_id)] == ["missing", "missing"]
    drafts = make(project_id)
    assert [panel["state"] for panel in drafts] == ["making", "making"]
    assert [panel["job_id"] for panel in make(project_id)] == [one["job_id"] for one in drafts]
    first, second = (panel["scene_id"] for panel in drafts)
    with pytest.raises(StoryboardOpen):
        storyboard.approve(project_id, (first,), approved=True)
    draw(project_id)
    confirmed = Confirmation(storyboard=True)
    with pytest.raises(StoryboardOpen):
        works.generate(project_id, confirmed)
    assert all(one["approved"] for one in storyboard.approve(project_id, (), approved=True))
    chat.send(current_services(), project_id, "make scene 2 longer", None)
    panels = report(project_id)
    assert [(one["approved"], one["outdated"]) for one in panels] == [(True, False), (False, True)]
    with pytest.raises(StoryboardOpen) as refused:
        works.generate(project_id, confirmed)
    assert [one["message"] for one in refused.value.details["errors"]] == [second]
    again = make(project_id)
    assert again[0]["job_id"] == drafts[0]["job_id"]
    assert again[1]["job_id"] != drafts[1]["job_id"]
    draw(project_id)
    storyboard.approve(project_id, (second,), approved=True)
    assert works.generate(project_id, confirmed).plan_revision == 2


def test_drafts_are_no_jobs_of_their_own_and_end_with_the_project(app: Flask) -> None:
    project_id = works.planned(OWNER)
    make(project_id)
    with reading() as db:
        assert queue.open_jobs(db, OWNER) == 0
    production.cancel(current_services(), project_id)
    with reading() as db:
        jobs = list(db.scalars(select(Job).where(Job.project_id == project_id)))
    assert len(jobs) == 2
    assert all(job.cancel_requested_at for job in jobs)
    projects.remove(current_services(), project_id)
    with reading() as db:
        assert db.scalars(select(StoryboardPanel)).all() == []


def test_a_draft_of_a_removed_scene_is_forgotten_and_a_failed_one_is_made_again(app: Flask) -> None:
    project_id = works.planned(OWNER)
    first, _ = make(project_id)
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, first["job_id"]), now())
    assert report(project_id)[0]["state"] == "failed"
    chat.send(current_services(), project_id, "drop scene 2", None)
    (again,) = make(project_id)
    assert again["job_id"] != first["job_id"]
    with reading() as db:
        assert len(db.scalars(select(StoryboardPanel)).all()) == 1
