"""The status of projects: in lists, after an analysis that is lost, and in the limit of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from tasks.domain.failure import Failure
from tasks.domain.typed_document import InvalidDocument
from tests.web.conftest import close
from tests.web.projects import works
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters.models import DeadLetter
from web.jobs import queue, transitions
from web.jobs.models import Job
from web.projects import analysis, chat, choices, plans, production, projects, state
from web.projects.errors import PlanChanged
from web.projects.production import Confirmation
from web.projects.projects import Search
from web.providers.models import ProviderModel
from web.services import current_services

OWNER = "key:ada"


@pytest.fixture
def app(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    with app.app_context():
        works.beat()
        yield app
    close(app)


def _of_every_status() -> dict[str, str]:
    """Create a project of every status; the status of each."""
    lost, failed, done, cut, running = (works.planned(OWNER) for _ in range(5))
    made = {name: works.generate(name).job_id for name in (failed, cut, running)}
    works.make_video(works.generate(done))
    with writing() as db:
        failure = Failure("STAGE_ERROR", "It broke.", retryable=False)
        transitions.fail(db, db.get_one(Job, made[failed]), failure, now())
        transitions.cancel(db, db.get_one(Job, made[cut]), now())
        db.get_one(Job, made[running]).attempt = 1
    with writing() as db:
        projects.find(db, lost).facts = None
    works.analysed(lost, "none")
    analysed = works.create(OWNER)
    works.analysed(analysed, "none")
    generating = works.planned(OWNER)
    works.generate(generating)
    return {
        works.create(OWNER): state.UPLOADING,
        lost: state.ANALYZING,
        analysed: state.ANALYZING,
        works.planned(OWNER): state.PLANNING,
        cut: state.PLANNING,
        generating: state.GENERATING,
        running: state.PROCESSING,
        done: state.COMPLETED,
        failed: state.FAILED,
    }


def test_every_status_is_the_same_in_a_list_and_of_one_project(app: Flask) -> None:
    expected = _of_every_status()
    with reading() as db:
        for project_id, status in expected.items():
            assert state.state_of(db, projects.find(db, project_id)).status == status
        for status in state.STATUSES:
            rows = projects.page(db, Search(OWNER, status=status)).rows
            wanted = {name for name, one in expected.items() if one == status}
            assert {row.id for row in rows} == wanted, status


def test_pages_of_one_status_are_full_and_miss_nothing(app: Flask) -> None:
    wanted = []
    for _ in range(5):
        works.create(OWNER)
        wanted.append(works.planned(OWNER))
        works.planned("key:bob")
    found: list[str] = []
    sizes, cursor = [], None
    while True:
        with reading() as db:
            page = projects.page(db, Search(OWNER, status=state.PLANNING, cursor=cursor, limit=2))
        found += [row.id for row in page.rows]
        sizes.append(len(page.rows))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sizes == [2, 2, 1]
    assert found == wanted[::-1]


@pytest.mark.parametrize("content", [None, b"{}", b"no json", b'{"technical": 1}'])
def test_an_analysis_that_cannot_be_used_fails_the_project_once(
    app: Flask, content: bytes | None
) -> None:
    project_id = works.create(OWNER)
    job_id = works.analysed(project_id, works.artifact(content) if content is not None else "gone")
    for _ in range(3):
        works.follow()
    with reading() as db:
        found = state.state_of(db, projects.find(db, project_id))
        letters = list(db.scalars(select(DeadLetter).where(DeadLetter.job_id == job_id)))
    assert found.status == state.FAILED
    assert (works.project(project_id).failure or {})["code"] == "ANALYSIS_UNREADABLE"
    assert [letter.count for letter in letters] == [1]
    with writing() as db:
        projects.find(db, project_id).sample = asdict(works.CLIP)
    analysis.start(current_services(), project_id)
    works.analysed(project_id, works.artifact(works.FACTS.to_json().encode()))
    works.follow()
    assert works.project(project_id).revision == 1


def test_a_scene_without_a_picture_is_made_by_the_local_model_that_needs_none(app: Flask) -> None:
    project_id = works.planned(OWNER)
    chat.send(current_services(), project_id, "add a scene about a red balloon", None)
    works.generate(project_id)
    with reading() as db:
        clips = state.state_of(db, projects.find(db, project_id)).clips
    assert [clip.model for clip in clips] == ["local/parallax"] * 2 + ["local/camera-moves"]


def test_settings_of_a_new_generation_become_a_revision(app: Flask) -> None:
    project_id = works.planned(OWNER)
    works.make_video(works.generate(project_id))
    settings = {"captions": "off", "music": {"tempo": 90}, "mix": {"music": 0.1}}
    again = works.generate(project_id, Confirmation(settings=settings))
    assert (again.plan_revision, again.plan["captions"]) == (2, "off")
    assert (again.plan["music"]["tempo"], again.plan["mix"]["music"]) == (90, 0.1)
    with reading() as db:
        project = projects.find(db, project_id)
        assert plans.current(db, project).plan == again.plan
        assert state.state_of(db, project).status == state.GENERATING
    assert again.saved["clips"] == 2
    works.make_video(again)
    same = works.generate(project_id, Confirmation(settings={"captions": "off"}))
    assert same.plan_revision == 2


def test_a_quote_says_which_clips_are_reused(app: Flask) -> None:
    """The price of making a video again, before it is confirmed."""
    project_id = works.planned(OWNER)

    def quote(confirmed: Confirmation | None = None) -> dict[str, Any]:
        with reading() as db:
            project = projects.find(db, project_id)
            return production.quote(current_services(), db, project, confirmed)

    first = quote()
    assert [line["reused"] for line in first["scenes"]] == [False, False]
    works.make_video(works.generate(project_id, Confirmation(quote_id=first["quote_id"])))
    assert [line["reused"] for line in quote()["scenes"]] == [True, True]
    again = Confirmation(scenes=(quote()["scenes"][1]["scene_id"],), settings={"captions": "off"})
    shown = quote(again)
    assert [line["reused"] for line in shown["scenes"]] == [True, False]
    with pytest.raises(PlanChanged):
        works.generate(project_id, replace(again, quote_id=first["quote_id"]))
    generation = works.generate(project_id, replace(again, quote_id=shown["quote_id"]))
    assert generation.saved["clips"] == 1


def test_a_clip_that_is_reused_costs_nothing(app: Flask) -> None:
    project_id = works.planned(OWNER)
    with writing() as db:
        db.get_one(ProviderModel, "local/parallax").price_micro = 50_000
        project = projects.find(db, project_id)
        plan = plans.parse(plans.current(db, project).plan)
        scenes = choices.of_plan(current_services(), db, project, plan, ())
    whole = choices.quote(current_services(), scenes, 1, None)
    half = choices.quote(current_services(), scenes, 1, None, [0])
    assert whole["dollars"] == pytest.approx(2 * half["dollars"]) != 0
    assert whole["credits"] == pytest.approx(2 * half["credits"]) != 0
    assert [line["credits"] == 0 for line in half["scenes"]] == [True, False]
    assert whole["quote_id"] != half["quote_id"]


def test_settings_that_give_no_valid_plan_start_nothing(app: Flask) -> None:
    project_id = works.planned(OWNER)
    for settings in ({"mix": {"music": 7}}, {"look": {"fit": "stretch"}}, {"music": {"url": "x"}}):
        with pytest.raises(InvalidDocument):
            works.generate(project_id, Confirmation(settings=settings))
    assert works.project(project_id).revision == 1


def test_a_generation_is_one_job_of_its_owner(app: Flask) -> None:
    project_id = works.planned(OWNER)
    generation = works.generate(project_id)
    with reading() as db:
        jobs = select(Job).where(Job.project_id == project_id, Job.is_open)
        assert len(list(db.scalars(jobs))) == 3
        assert queue.open_jobs(db, OWNER) == 1
    production.cancel(current_services(), project_id)
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, generation.job_id), now())
        assert queue.open_jobs(db, OWNER) == 0
