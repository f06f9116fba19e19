"""Clips are estimated, quoted, drafted and retried; nothing costs more than its quote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tasks.domain.artifact import Artifact
from tasks.domain.failure import Failure
from tasks.domain.hosted import PART, Outcome, Report
from tasks.domain.job import JobState
from tasks.store.artifacts import PURCHASE_NOTES
from tests.deployment import USER, Deployment
from tests.services import paid_jobs
from tests.services.redis_server import RedisServer
from tests.web.providers.clips import calls_of, order, sell_at
from web.accounts.models import owner_of
from web.billing import charging
from web.billing.errors import QuoteExpired, QuoteMismatch
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import transitions
from web.jobs.charging import Origin
from web.jobs.models import Job
from web.providers import calls, choosing, quoting, retention, retries, schedule
from web.providers.choosing import ClipRequest
from web.providers.errors import ProviderFailed
from web.providers.models import ProviderCall, ProviderModel
from web.storage import references

WANTED = ClipRequest("A fox in the snow", 5.0, "16:9")


@pytest.fixture
def system(
    tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    monkeypatch.setattr(choosing, "reachable_providers", lambda _: {"shop"})
    settings = {"AUTH": "optional", **paid_jobs.SETTINGS}
    with Deployment(tmp_path, redis_server, **settings) as built, built.app.app_context():
        built._sign_up()
        built.owner = owner_of(USER)
        paid_jobs.give_credits(USER)
        draft = {"resolutions": ["720p", "360p"], "draft_price_micro": 20_000}
        sell_at(built, "http://127.0.0.1:9", one=draft, two={"price_micro": 200_000})
        yield built


def quote(system: Deployment, wanted: ClipRequest = WANTED) -> dict[str, Any]:
    return quoting.quote(system.services, wanted, None, system.owner)


def set_price(model_id: str, micro: int) -> None:
    with writing() as db:
        db.get_one(ProviderModel, model_id).price_micro = micro


def made(system: Deployment, job_id: str, *, succeeds: bool) -> None:
    """Let the newest call of a job end, as the controller and a worker do."""
    with writing() as db:
        (call,) = db.scalars(
            select(ProviderCall).where(
                ProviderCall.job_id == job_id, ProviderCall.state == "queued"
            )
        )
        calls.begin_submit(call, now(), schedule.ANNOUNCE_AGAIN)
        found = call.id
    told = {"task_id": "task-7", "key": "main"}
    good = ((Outcome.FETCHED, ""), (Outcome.FINISHED, ""))
    ends = good if succeeds else ((Outcome.FAILED, "input"),)
    for outcome, cause in ((Outcome.SUBMITTED, ""), *ends):
        given = Report(found, outcome, 1, cause=cause, artifact="a", facts={}, **told)
        schedule.apply_reports(system.services, [given])
    with writing() as db:
        job = db.get_one(Job, job_id)
        if succeeds:
            transitions.succeed(db, job, now())
        else:
            transitions.fail(db, job, Failure.of_error(ProviderFailed()), now())


def charge(job_id: str, run: int = 0) -> Any:
    with reading() as db:
        return next(one for one in charging.of_job(db, job_id) if one.run == run)


def test_a_start_holds_what_it_was_quoted(system: Deployment) -> None:
    told = quote(system)
    assert (told["p50"], told["p90"]) == (50.0, 100.0)  # its second try may cost twice as much
    assert told["job"]["engines"][0]["engine"] == "shop/one"
    assert told["job"]["cost"]["amount"] == 0.5
    named = Origin(quote_id=told["quote_id"])
    set_price("shop/one", 150_000)
    job_id = order(system, model="", origin=named)
    assert charge(job_id).hold == 100_000_000
    with pytest.raises(QuoteMismatch):
        order(system, model="", prompt="A dog", origin=named)
    set_price("shop/one", 400_000)
    set_price("shop/two", 400_000)
    with pytest.raises(QuoteExpired):
        order(system, model="", origin=named)


def test_a_draft_is_cheap_and_becomes_the_clip_when_it_is_approved(system: Deployment) -> None:
    draft = order(system, model="", draft=True, seed=7)
    (call,) = calls_of(system, draft)
    assert (call.order["resolution"], call.price_micro) == ("360p", 100_000)
    made(system, draft, succeeds=True)
    assert charge(draft).used == 10_000_000
    full = order(system, prompt="", model="", from_draft=draft)
    (call,) = calls_of(system, full)
    assert (call.model_id, call.price_micro, call.order["resolution"]) == (
        *("shop/one", 500_000),
        "720p",
    )
    assert (call.order["prompt"], call.order["seed"]) == ("A fox in the snow", 7)
    assert (call.order["draft_task"], call.order["draft_key"]) == ("task-7", "main")


def test_a_failed_clip_is_retried_within_what_it_was_quoted(system: Deployment) -> None:
    job_id = order(system)
    made(system, job_id, succeeds=False)
    assert charge(job_id).state == "released"
    retries.retry(system.services, job_id, Origin())
    first, second = calls_of(system, job_id)
    assert (first.round, first.state, second.round, second.state) == (0, "failed", 1, "queued")
    assert charge(job_id, 1).hold == charge(job_id).hold
    schedule.announce(system.services)  # the end of the first round is not that of the second
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert (job.state, job.published, job.rounds) == (JobState.QUEUED, True, 1)
    made(system, job_id, succeeds=True)
    assert charge(job_id, 1).used == 50_000_000
    paid_jobs.assert_charged_once(USER)


def test_a_late_report_of_an_earlier_round_ends_nothing(system: Deployment) -> None:
    job_id = order(system)
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, job_id), now())
    retries.retry(system.services, job_id, Origin())
    old, new = calls_of(system, job_id)
    given = Report(old.id, Outcome.CANCELLED, 1)
    schedule.apply_reports(system.services, [given])
    assert [one.state for one in calls_of(system, job_id)] == ["cancelled", "queued"]
    assert new.round == 1
    assert [event.event_type.value for event in system.ledger(job_id)] == []


def test_a_deleted_clip_is_forgotten_but_its_purchase_is_not(system: Deployment) -> None:
    job_id = order(system)
    made(system, job_id, succeeds=True)
    with reading() as db:
        (told,) = retention.export(db, system.owner)
    assert (told["prompt"], told["dollars"]) == ("A fox in the snow", 0.5)
    references.drop_job(system.services, job_id)
    (call,) = calls_of(system, job_id)
    assert (call.order["prompt"], call.manifest, call.artifact) == ("", None, "")
    assert (call.state, call.spent, call.task_id) == ("done", True, "task-7")


def test_the_notes_of_a_purchase_go_although_its_job_was_deleted_early(system: Deployment) -> None:
    store, job_id = system.services.artifacts, order(system)
    made(system, job_id, succeeds=True)
    (call,) = calls_of(system, job_id)
    place = f"{call.id}/1"
    for name in PURCHASE_NOTES:
        assert store.note_purchase(job_id, place, name, b"{}")
    references.drop_job(system.services, job_id)
    assert retention.forget_notes(system.services) == 0  # a late message may still ask for them
    with writing() as db:
        db.get_one(ProviderCall, call.id).finished_at = now() - 2 * retention.SETTLED
    assert retention.forget_notes(system.services) == 1
    assert [store.purchase_note(job_id, place, name) for name in PURCHASE_NOTES] == [None, None]
    assert retention.forget_notes(system.services) == 0


def test_a_call_that_ends_after_its_job_was_deleted_is_forgotten(system: Deployment) -> None:
    job_id = order(system)
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, job_id), now())
    references.drop_job(system.services, job_id)
    (call,) = calls_of(system, job_id)
    blob = system.services.artifacts.put_bytes(b"x", "video/mp4")
    raw = system.services.artifacts.commit(
        Artifact("ab" * 32, "clip", "shop/one", {PART: blob}, {})
    )
    with writing() as db:
        row = db.get_one(ProviderCall, call.id)
        row.artifact = raw.key
        calls.end(row, calls.CANCELLED, now())
    assert references.drop_late_clips(system.services) == 1
    (call,) = calls_of(system, job_id)
    assert (call.order["prompt"], call.artifact) == ("", "")
    assert system.services.artifacts.find(raw.key) is None
    assert references.drop_late_clips(system.services) == 0
