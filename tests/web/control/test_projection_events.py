"""What each event changes of a job and its steps, and which events change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from tasks.domain.artifact import Artifact
from tasks.domain.events import Event, EventType
from tasks.domain.job import JobState
from tasks.messaging.event_bus import StreamBatch, StreamEntry, Unreadable
from tests.web.control.databases import ATTEMPTS, STEPS, apply, event, fresh
from web.accounts.models import Org, User
from web.control import projection
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters.models import DeadLetter
from web.events.models import OutboxEvent
from web.events.position import applied_position
from web.jobs import transitions
from web.jobs.models import CLIP, Job, StageRun
from web.notifications import choices
from web.notifications.models import QueuedMail
from web.services import current_services
from web.sessions.models import Output
from web.storage.models import CacheEntry
from web.webhooks.models import Webhook, WebhookDelivery

STARTED, COMPLETED, FAILED = (
    EventType.STAGE_STARTED,
    EventType.STAGE_COMPLETED,
    EventType.STAGE_FAILED,
)
FIVE_SECONDS = datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)


def job() -> Job:
    with reading() as db:
        return db.get_one(Job, "job")


def run(step: str) -> StageRun:
    with reading() as db:
        return db.scalars(select(StageRun).where(StageRun.step == step)).one()


def states() -> dict[str, str]:
    return {step: run(step).state for step in STEPS}


def told(kind: EventType, step: str = "face", number: int = 5000, **details: Any) -> Event:
    known = event(number, kind, step, details.pop("attempt", 2), percent=40.0)
    return replace(known, details=known.details | details)


def batch(*entries: Event, after: str = "9000-0", strange: tuple[Unreadable, ...] = ()) -> Any:
    return projection.apply_batch(
        StreamBatch([StreamEntry(one, "") for one in entries], after, "", list(strange)),
        current_services(),
        ATTEMPTS,
    )


def letters() -> list[str | None]:
    with reading() as db:
        return [one.job_id for one in db.scalars(select(DeadLetter).order_by(DeadLetter.id))]


def test_a_start_is_written_at_the_time_of_its_event(ledger: Flask) -> None:
    fresh()
    apply([told(STARTED)])
    face, found = run("face"), job()
    assert (face.state, face.attempt, face.worker) == ("running", 2, "worker-2")
    assert (face.started_at, found.started_at) == (FIVE_SECONDS, FIVE_SECONDS)
    assert (found.state, found.percent) == (JobState.RUNNING, 40.0)


def test_a_step_that_a_provider_does_is_not_the_workers(ledger: Flask) -> None:
    fresh()
    apply([told(STARTED, by_provider=True)])
    assert (run("face").state, job().state) == ("waiting", JobState.RUNNING)


def test_a_completion_is_written_with_all_its_details(ledger: Flask) -> None:
    fresh()
    apply([told(COMPLETED, found=True, seconds=2.5, device="cuda:0", facts={"faces": 1})])
    face = run("face")
    assert (face.state, face.attempt, face.worker) == ("done", 2, "worker-2")
    assert (face.found, face.seconds, face.device) == (True, 2.5, "cuda:0")
    assert (face.artifact, face.facts) == ("artifact-face-1", {"faces": 1})
    assert (face.finished_at, job().state) == (FIVE_SECONDS, JobState.RUNNING)


def test_a_completion_of_an_older_attempt_counts(ledger: Flask) -> None:
    fresh()
    apply([told(COMPLETED, attempt=1)])
    assert run("face").state == "done"


def test_what_is_done_stays_done(ledger: Flask) -> None:
    fresh()
    apply([told(COMPLETED)])
    apply([told(kind, number=6000 + n) for n, kind in enumerate((STARTED, FAILED))])
    assert (run("face").state, job().failures) == ("done", 0)


@pytest.mark.parametrize("kind", [STARTED, COMPLETED, FAILED])
@pytest.mark.parametrize("revision", [0, 2, None])
def test_an_event_of_another_plan_changes_no_step(
    ledger: Flask, kind: EventType, revision: int | None
) -> None:
    fresh()
    apply([told(kind, revision=revision)])
    assert states() == dict.fromkeys(STEPS, "waiting")
    assert (job().state, job().failures, job().percent) == (JobState.QUEUED, 0, 40.0)


def test_events_about_nothing_that_is_known_change_nothing(ledger: Flask) -> None:
    fresh()
    seen = letters()
    apply(
        [
            replace(told(STARTED, number=1), job_id="another"),
            replace(told(STARTED, number=2), job_id=None),
            replace(told(STARTED, number=3), stage=None),
            told(STARTED, "another", number=4),
            told(EventType.PROGRESS_UPDATE, number=5),
        ]
    )
    assert states() == dict.fromkeys(STEPS, "waiting")
    assert (job().state, applied_position(), letters()) == (JobState.QUEUED, "5-0", seen)


def test_nothing_is_applied_twice(ledger: Flask) -> None:
    fresh()
    apply([told(FAILED)])
    apply([told(FAILED)])
    assert job().failures == 1


def test_an_estimate_is_taken_over(ledger: Flask) -> None:
    fresh()
    apply([replace(told(EventType.PROGRESS_UPDATE), eta_seconds=7.0, eta_range=(5.0, 9.0))])
    assert (job().eta_seconds, job().eta_low, job().eta_high) == (7.0, 5.0, 9.0)


@pytest.mark.parametrize(("attempt", "failures"), [(1, 0), (2, 1)])
def test_a_failure_counts_for_its_own_attempt(ledger: Flask, attempt: int, failures: int) -> None:
    fresh()
    apply([told(FAILED, attempt=attempt)])
    assert job().failures == failures
    assert run("face").state == ("failed" if failures else "waiting")


def test_what_another_attempt_cannot_mend_fails_the_job_and_drops_what_runs(ledger: Flask) -> None:
    fresh()
    apply(
        [
            told(STARTED, number=1),
            told(STARTED, "voice", number=2),
            told(FAILED, number=5000, retryable=False),
        ]
    )
    found, face = job(), run("face")
    assert (found.state, found.failures, found.finished_at) == (JobState.FAILED, 0, FIVE_SECONDS)
    assert (face.state, face.error_code, face.error_message) == (
        "failed",
        "ENGINE_BROKEN",
        "It broke.",
    )
    assert states()["voice"] == "dropped"


def test_a_job_ends_with_its_last_step_once_all_others_are_done(ledger: Flask) -> None:
    fresh()
    for number, step in enumerate(("assemble", "script", "face"), 1):
        apply([told(COMPLETED, step, number)])
        assert job().state == JobState.RUNNING
    apply([told(COMPLETED, "voice")])
    assert (job().state, job().finished_at) == (JobState.SUCCEEDED, FIVE_SECONDS)


def test_steps_before_the_last_do_not_end_a_job(ledger: Flask) -> None:
    fresh()
    apply([told(COMPLETED, step, number) for number, step in enumerate(STEPS[:-1], 1)])
    assert job().state == JobState.RUNNING
    apply([told(COMPLETED, "assemble")])
    assert job().state == JobState.SUCCEEDED


def test_a_clip_ends_with_the_step_of_its_provider(ledger: Flask) -> None:
    fresh()
    with writing() as db:
        found = db.get_one(Job, "job")
        found.kind = CLIP
        for step in db.scalars(select(StageRun)):
            if step.step != "script":
                db.delete(step)
            else:
                step.step = step.stage = "clip"
    apply([told(COMPLETED, "clip")])
    assert job().state == JobState.SUCCEEDED


def test_a_step_is_done_though_the_last_one_is_not_known(ledger: Flask) -> None:
    fresh()
    with writing() as db:
        db.execute(delete(StageRun).where(StageRun.step == "assemble"))
    apply([told(COMPLETED)])
    assert (run("face").state, job().state) == ("done", JobState.RUNNING)


def test_the_parts_of_a_result_become_files_and_are_counted(ledger: Flask) -> None:
    fresh()
    artifacts = current_services().artifacts
    blob = artifacts.put_bytes(b"a face", "image/png")
    artifacts.commit(Artifact("artifact-face-1", "face", "any", {"crop.png": blob}, {}))
    apply([told(COMPLETED)])
    with reading() as db:
        (file,) = db.scalars(select(Output))
        entry = db.get_one(CacheEntry, "artifact-face-1")
    assert (file.filename, file.kind, file.sha256) == ("job-face-crop.png", "image", blob.sha256)
    assert (entry.stage, entry.bytes) == ("face", 6)


@pytest.mark.parametrize("artifact", ["../secret", "", "x" * 65])
def test_a_result_with_a_strange_name_is_not_looked_up(ledger: Flask, artifact: str) -> None:
    fresh()
    apply([told(COMPLETED, artifact=artifact)])
    assert (run("face").state, run("face").artifact) == ("done", artifact)


def test_details_of_an_event_about_no_job_are_not_judged(ledger: Flask) -> None:
    fresh()
    seen = letters()
    strange = replace(told(COMPLETED, artifact=5), job_id="another")
    assert [entry.event for entry in batch(strange)] == [strange]
    assert letters() == seen


def test_a_verdict_that_cannot_be_read_is_quarantined(ledger: Flask) -> None:
    fresh()
    seen = len(letters())
    assert batch(replace(told(EventType.UPLOAD_EXAMINED), job_id=None)) == []
    assert len(letters()) == seen + 1


def test_an_end_that_has_arrived_is_not_published_again(ledger: Flask) -> None:
    fresh()
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, "job"), FIVE_SECONDS)
        db.flush()
        row = db.scalars(select(OutboxEvent)).one()
        reference, payload = row.id, row.payload
    arrived = replace(Event.from_dict(payload), event_id="7-0")
    entries = [StreamEntry(arrived, reference), StreamEntry(told(STARTED, number=8), "")]
    projection.apply(entries, "8-0", current_services(), ATTEMPTS)
    with reading() as db:
        assert db.scalars(select(OutboxEvent.event_id)).one() == "7-0"


def test_the_owner_hears_by_webhook_and_by_mail(ledger: Flask) -> None:
    fresh()
    with writing() as db:
        db.add(Org(id="org"))
        db.flush()
        db.add(User(id="ada", email="ada@example.com", org_id="org", verified_at=now()))
        db.flush()
        choices.choose(db, "ada", {"job_ended": True})
        db.get_one(Job, "job").owner = "user:ada"
        described = {"url": "https://example.com", "events": ["stage_failed"]}
        db.add(Webhook(user_id="ada", owner="user:ada", sealed_secret="x", **described))
    apply([told(FAILED), told(EventType.PIPELINE_FAILED, number=6000)])
    with reading() as db:
        assert db.scalars(select(WebhookDelivery.event_id)).one() == "5000-0"
        assert db.scalars(select(QueuedMail.kind)).one() == "job_ended"


def test_only_a_completion_of_a_preview_is_remembered(ledger: Flask) -> None:
    fresh()
    artifacts = current_services().artifacts
    blob = artifacts.put_bytes(b"made", "image/png")
    artifacts.commit(Artifact("made", "face", "any", {"crop.png": blob}, {}))
    others = told(STARTED, number=1), told(COMPLETED, number=2, artifact="unknown")
    before, seen = entries(), letters()
    apply([replace(one, job_id="preview0a1b") for one in others])
    apply([replace(told(COMPLETED, number=3, artifact="made"), job_id="another")])
    assert (entries(), letters(), applied_position()) == (before, seen, "3-0")


def entries() -> list[str]:
    with reading() as db:
        return list(db.scalars(select(CacheEntry.key)))


# --- batches --------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", [-1, 2**31])
def test_an_attempt_out_of_range_is_quarantined_and_the_rest_applied(
    ledger: Flask, attempt: int
) -> None:
    fresh()
    good, bad = told(STARTED, "voice", 1), told(COMPLETED, number=2, attempt=attempt)
    seen = len(letters())
    assert [entry.event for entry in batch(good, bad)] == [good]
    assert (run("voice").state, run("face").state) == ("dropped", "waiting")
    assert (job().state, job().error_code) == (JobState.FAILED, "INTERNAL_ERROR")
    assert (letters()[seen:], applied_position()) == (["job"], "9000-0")


def test_an_attempt_is_counted_from_zero(ledger: Flask) -> None:
    fresh(attempt=0)
    assert len(batch(told(STARTED, attempt=0))) == 1
    assert run("face").state == "running"


def test_what_is_unreadable_is_kept_with_its_fields_in_order(ledger: Flask) -> None:
    fresh()
    seen = len(letters())
    strange = Unreadable("3-0", {"b": "1", "a": "2"}, "no JSON")
    assert len(batch(told(STARTED), strange=(strange,))) == 1
    with reading() as db:
        kept = db.scalars(select(DeadLetter).order_by(DeadLetter.id)).all()[seen:]
        assert [(one.reference, one.payload) for one in kept] == [("3-0", '{"a": "2", "b": "1"}')]
    assert (run("face").state, applied_position()) == ("running", "9000-0")


def test_an_empty_batch_moves_nothing(ledger: Flask) -> None:
    fresh()
    apply([told(STARTED, number=3)])
    assert batch(after="1-0") == []
    assert applied_position() == "3-0"


def test_an_outage_quarantines_nothing(ledger: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh()
    seen = letters()

    record = projection.ledger.record

    def unavailable_once(*_: object, **__: object) -> None:
        monkeypatch.setattr(projection.ledger, "record", record)
        raise OperationalError("SELECT 1", {}, ConnectionError("the database is gone"))

    monkeypatch.setattr(projection.ledger, "record", unavailable_once)
    with pytest.raises(OperationalError):
        batch(told(STARTED))
    assert (letters(), states()["face"], job().state) == (seen, "waiting", JobState.QUEUED)
    assert len(batch(told(STARTED))) == 1


def test_a_letter_that_is_applied_again_moves_nothing(ledger: Flask) -> None:
    fresh()
    apply([told(STARTED, "voice", 3)])
    projection.apply_letter(told(COMPLETED, number=2), current_services(), ATTEMPTS)
    assert (run("face").state, applied_position()) == ("done", "3-0")
