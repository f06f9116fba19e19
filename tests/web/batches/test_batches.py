"""Batches: one quote and one budget for many videos, none made twice."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tasks.domain.manifest import Row
from tests.web.billing import works as money
from tests.web.billing.works import CREDIT, OWNER
from tests.web.projects import works
from web.audit.log import COMMAND_LINE
from web.batches import batches, reports, running
from web.batches.batches import NewBatch
from web.batches.errors import BatchState, ManifestInvalid
from web.batches.models import Batch
from web.billing import grants
from web.billing.grants import Change
from web.control import batches as controller
from web.db.engine import reading, writing
from web.errors import IdempotencyMismatch
from web.jobs import transitions
from web.jobs.models import Job
from web.projects import plans, projects
from web.projects.errors import PlanChanged, ProjectLimit, ProjectNotFound
from web.projects.models import GenerationJob, VideoProject
from web.projects.projects import Keeper
from web.services import current_services


@pytest.fixture
def app(billed_either: Flask) -> Flask:
    works.beat()
    money.open_account(amount=100)
    return billed_either


def template() -> str:
    project_id = works.planned(OWNER, "Template")
    with reading() as db:
        raw = plans.current(db, projects.find(db, project_id)).plan
    raw["title"] = "{{name}}"
    raw["scenes"][0]["text"] = "{{price}}"
    plans.put(project_id, plans.parse(raw), 1)
    return project_id


def rows(number: int) -> tuple[Row, ...]:
    return tuple(Row(f"v{i}", {"name": f"v{i}", "price": str(i)}) for i in range(number))


def create(number: int = 2, key: str | None = None, project: str | None = None) -> Batch:
    wanted = NewBatch(project or template(), rows(number), "Ads", key)
    return batches.create(current_services(), Keeper(OWNER), wanted)[0]


def start(batch: Batch, most: float | None = None) -> None:
    micro = None if most is None else round(most * CREDIT)
    batches.start(current_services(), batch.id, batch.quote_id, micro, "")


def follow() -> None:
    controller.follow(current_services())


def entry(batch: Batch) -> dict[str, Any]:
    with reading() as db:
        return reports.entry(db, batches.find(db, batch.id))


def made(batch: Batch) -> list[str]:
    return [one["project_id"] for one in entry(batch)["videos"] if one["project_id"]]


def finish(project_id: str) -> None:
    with reading() as db:
        project = projects.find(db, project_id)
        generation = db.get_one(GenerationJob, project.generation_id)
    works.make_video(generation)


def test_a_batch_is_quoted_once_confirmed_once_and_made(app: Flask) -> None:
    batch = create(5)
    shown = entry(batch)
    assert (shown["state"], shown["credits"]) == ("quoted", 12.0)
    follow()
    assert not made(batch)
    with pytest.raises(PlanChanged):
        batches.start(current_services(), batch.id, "bq_other", None, "")
    start(batch)
    follow()
    assert entry(batch)["counts"] == {
        **{"waiting": 2, "running": 3, "done": 0, "failed": 0, "cancelled": 0}
    }
    for _ in range(3):
        for project_id in made(batch):
            with reading() as db:
                project = projects.find(db, project_id)
            if project.generation_id:
                finish(project_id) if _open(project_id) else None
        follow()
    shown = entry(batch)
    assert (shown["state"], shown["counts"]["done"]) == ("done", 5)
    assert money.balance() == money.Balance(88 * CREDIT, 0)
    with reading() as db:
        found = projects.find(db, made(batch)[3])
        plan = plans.current(db, found).plan
    assert (found.name, plan["title"], plan["scenes"][0]["text"]) == ("v3", "v3", "3")
    money.assert_sound()


def _open(project_id: str) -> bool:
    with reading() as db:
        project = projects.find(db, project_id)
        job_id = db.get_one(GenerationJob, project.generation_id).job_id
        return db.get_one(Job, job_id).is_open


def test_the_same_manifest_under_the_same_key_is_the_same_batch(app: Flask) -> None:
    project = template()
    first = create(2, "key-1", project)
    assert create(2, "key-1", project).id == first.id
    with pytest.raises(IdempotencyMismatch):
        create(3, "key-1", project)
    assert create(2, "key-2", project).id != first.id


class Crash(BaseException):
    """The end of a process: nothing catches it."""


def crash(*_: object) -> None:
    raise Crash


def test_a_crash_between_two_steps_makes_no_video_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = create(1)
    start(batch)
    with monkeypatch.context() as patch:
        patch.setattr(running.production, "generate", crash)
        with pytest.raises(Crash):
            follow()
    follow()
    follow()
    with reading() as db:
        names = [one.name for one in db.scalars(select(VideoProject))]
        assert len(db.scalars(select(GenerationJob)).all()) == 1
    assert sorted(names) == ["Template", "v0"]


def test_a_budget_pauses_a_batch_and_a_higher_one_resumes_it(app: Flask) -> None:
    batch = create(2)
    start(batch, 3.0)
    follow()
    shown = entry(batch)
    assert (shown["state"], shown["problem"]["code"]) == ("paused", "BUDGET_REACHED")
    assert len(made(batch)) == 1
    start(batch, 5.0)
    follow()
    assert (entry(batch)["state"], len(made(batch))) == ("running", 2)


def test_a_budget_counts_what_was_charged(app: Flask) -> None:
    """A video that failed has cost nothing, so the budget is there for the next one."""
    batch = create(2)
    start(batch, 3.0)
    follow()
    (first,) = made(batch)
    assert entry(batch)["charged_credits"] == 2.4  # held
    with reading() as db:
        job_id = db.get_one(GenerationJob, projects.find(db, first).generation_id).job_id
    money.fail(job_id)
    start(batch, 3.0)
    follow()
    shown = entry(batch)
    assert [video["state"] for video in shown["videos"]] == ["failed", "running"]
    assert [video["charged_credits"] for video in shown["videos"]] == [0.0, 2.4]


def test_a_batch_that_works_says_when_to_ask_again(app: Flask) -> None:
    batch = create(1)
    asked = []
    for remaining in (None, None, 1.0, 20.0, 900.0):
        with writing() as db:
            for job in db.scalars(select(Job)):
                job.eta_seconds = remaining
            asked.append(reports.retry_after(db, batches.find(db, batch.id)))
        if len(asked) == 1:
            start(batch)
            follow()
    assert asked == [None, 2, 2, 10, 30]


def test_without_credits_a_batch_is_paused(app: Flask) -> None:
    grants.adjust(COMMAND_LINE, OWNER, Change(-98 * CREDIT, "test", None))
    batch = create(1)
    start(batch)
    for _ in range(2):
        follow()
    shown = entry(batch)
    assert (shown["state"], shown["problem"]["code"]) == ("paused", "CREDITS_NEEDED")
    money.give(10)
    start(batch)
    follow()
    assert entry(batch)["counts"]["running"] == 1
    assert len(made(batch)) == 1


def test_a_video_that_fails_stops_no_other_and_is_tried_again(app: Flask) -> None:
    batch = create(2)
    start(batch)
    follow()
    first, second = made(batch)
    with reading() as db:
        job_id = db.get_one(GenerationJob, projects.find(db, first).generation_id).job_id
    money.fail(job_id)
    finish(second)
    follow()
    shown = entry(batch)
    assert (shown["state"], shown["counts"]["failed"]) == ("done", 1)
    assert shown["videos"][0]["error"]["code"] == "STAGE_ERROR"
    start(batch)
    follow()
    assert entry(batch)["counts"]["running"] == 1
    assert made(batch)[0] != first


def test_a_cancelled_batch_starts_nothing_more(app: Flask) -> None:
    batch = create(5)
    start(batch)
    follow()
    batches.cancel(current_services(), batch.id)
    with writing() as db:
        for job in db.scalars(select(Job).where(Job.cancel_requested_at.is_not(None))):
            transitions.cancel(db, job, job.created_at)
    follow()
    assert entry(batch)["counts"]["cancelled"] == 5
    with pytest.raises(BatchState):
        start(batch)


def test_what_does_not_fit_the_template_or_the_owner_is_refused(app: Flask) -> None:
    project = template()
    wrong = NewBatch(project, (Row("x", {"name": "x"}),))
    with pytest.raises(ManifestInvalid, match="price"):
        batches.create(current_services(), Keeper(OWNER), wrong)
    with pytest.raises(ProjectNotFound):
        batches.create(current_services(), Keeper("user:bob"), NewBatch(project, rows(1)))
    with pytest.raises(ProjectLimit):
        create(100, project=project)
