"""What the controller does with events, one at a time and in batches."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import event as listening
from sqlalchemy import select, update

from tasks.domain.artifact import Artifact
from tasks.domain.events import EventType
from tasks.domain.failure import Failure
from tasks.domain.hosted import STAGE
from tasks.domain.job import JobState
from tasks.messaging.event_bus import StreamBatch, Unreadable
from tests.tasks.domain.plans import offer, simple_plan, simulated_offers
from tests.web.control.databases import ATTEMPTS, STEPS, apply, event, fresh, story, truth
from web.control import maintenance, projection
from web.db.columns import now
from web.db.engine import db, reading, writing
from web.events.models import LedgerEvent, OutboxEvent
from web.events.position import applied_position
from web.jobs import transitions
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import current_services
from web.storage.models import CacheBlob, CacheEntry
from web.trust import registry
from web.trust.models import KnownVideo


def test_a_late_failure_of_the_last_round_says_nothing_of_the_next(ledger: Flask) -> None:
    fresh()
    with writing() as db:
        job = db.get_one(Job, "job")
        transitions.fail(db, job, Failure("X", "It broke.", retryable=False), now())
        transitions.reopen(db, job)
    before = truth()
    apply([event(1, EventType.STAGE_FAILED, "face", 2)])
    assert truth() == before


def test_a_start_that_arrives_late_does_not_replace_that_of_a_newer_attempt(ledger: Flask) -> None:
    fresh()
    apply([event(2, EventType.STAGE_STARTED, "face", 2)])
    apply([event(1, EventType.STAGE_STARTED, "face", 1)])
    with reading() as db:
        run = db.scalars(select(StageRun).where(StageRun.step == "face")).one()
    assert (run.state, run.attempt, run.worker) == ("running", 2, "worker-2")


def test_reading_goes_on_behind_what_was_applied(ledger: Flask) -> None:
    fresh()
    apply([event(3, EventType.STAGE_STARTED, "face", 2)])
    assert applied_position() == "3-0"


def test_reading_goes_on_behind_what_cannot_be_read(ledger: Flask) -> None:
    fresh()
    strange = Unreadable("7-0", {"event": "{"}, "no JSON")
    services = ledger.extensions["callsheet"]
    assert projection.apply_batch(StreamBatch([], "7-0", "", [strange]), services, ATTEMPTS) == []
    assert applied_position() == "7-0"


@pytest.mark.parametrize("asked", [None, 30.0])
def test_the_next_attempt_waits_for_as_long_as_a_provider_asks(
    ledger: Flask, asked: float | None
) -> None:
    fresh()
    failure = event(5000, EventType.STAGE_FAILED, "script", 2)
    failure.details["retry_after"] = asked
    apply([failure])
    with reading() as db:
        job = db.get_one(Job, "job")
        assert job.retry_at is not None
        pause = job.retry_at.timestamp() - 5.0
    assert (pause == 30.0) if asked else (0 < pause < 1)


def test_the_last_attempt_that_is_allowed_fails_the_job(ledger: Flask) -> None:
    fresh(attempt=1)
    for failed in range(1, ATTEMPTS + 1):
        with reading() as db:
            assert db.get_one(Job, "job").state != JobState.FAILED
        with writing() as db:
            db.get_one(Job, "job").attempt = failed
        apply([event(failed, EventType.STAGE_FAILED, "face", failed)])
    with reading() as db:
        job = db.get_one(Job, "job")
    assert (job.state, job.failures) == (JobState.FAILED, ATTEMPTS)


def test_a_result_says_what_may_not_be_used_commercially(ledger: Flask) -> None:
    fresh()
    voice = offer("voice", "xtts", kind="real", licence="CPML", commercial_use=False)
    others = [other for other in simulated_offers() if other.stage != "voice"]
    plan = simple_plan([*others, voice]).to_json().decode()
    with writing() as db:
        db.add(PlanRevision(job_id="job", revision=1, plan=plan))
        transitions.succeed(db, db.get_one(Job, "job"), now())
    with reading() as db:
        (told,) = db.scalars(select(OutboxEvent))
        engines = told.payload["details"]["engines"]
    assert (engines["voice"]["licence"], engines["voice"]["commercial_use"]) == ("CPML", False)
    assert engines["face"]["commercial_use"] is True


def test_what_a_preview_made_is_remembered_for_its_eviction_heard_or_not(ledger: Flask) -> None:
    fresh()
    artifacts = ledger.extensions["callsheet"].artifacts
    blob = artifacts.put_bytes(b"sound", "audio/wav")
    artifacts.commit(Artifact("artifact-voice-1", "voice", "any", {"speech.wav": blob}, {}))
    done = event(9, EventType.STAGE_COMPLETED, "voice", 1)
    apply([replace(done, job_id="preview0a1b"), replace(done, job_id="other", event_id="10-0")])
    apply([replace(done, job_id="preview0a1b", event_id="11-0")])
    with reading() as db:
        (kept,) = db.scalars(select(CacheEntry))
        assert (kept.key, kept.stage, kept.bytes, kept.uses) == ("artifact-voice-1", "voice", 5, 0)
        assert [row.sha256 for row in db.scalars(select(CacheBlob))] == [blob.sha256]


def test_a_video_that_a_step_before_the_last_made_is_registered_with_all_engines(
    ledger: Flask,
) -> None:
    fresh()
    artifacts = ledger.extensions["callsheet"].artifacts
    video = artifacts.put_bytes(b"film", "video/mp4")
    artifacts.commit(Artifact("artifact-script-1", STAGE, "any", {registry.VIDEO: video}, {}))
    with writing() as db:
        db.execute(update(StageRun).where(StageRun.step == "script").values(stage=STAGE))
        db.execute(update(StageRun).where(StageRun.step == "face").values(engine="another"))
    apply([event(9, EventType.STAGE_COMPLETED, "script", 2)])
    with reading() as db:
        assert db.get_one(Job, "job").finished_at is None
        (known,) = db.scalars(select(KnownVideo))
        engines = {(engine["stage"], engine["name"]) for engine in known.engines}
    expected = {(stage, "any") for stage in (STAGE, "voice", "assemble")} | {("face", "another")}
    assert (known.sha256, engines) == (video.sha256, expected)


def test_the_manifest_of_a_preview_is_deleted_with_its_events(ledger: Flask) -> None:
    fresh()
    services, name = ledger.extensions["callsheet"], "preview0a1b"
    artifacts = services.artifacts
    artifacts.put_plan(replace(simple_plan(simulated_offers()), job_id=name))
    artifacts.commit(Artifact("artifact-face-1", "face", "any", {}, {}))
    artifacts.record(name, 1, "voice.0", "artifact-face-1")
    apply([replace(event(9, EventType.STAGE_COMPLETED, "face", 1), job_id=name)])
    maintenance.forget(services)
    assert artifacts.recorded(name, 1, "voice.0") is not None
    with writing() as db:
        db.execute(update(LedgerEvent).values(created_at=now() - 2 * maintenance.KEEP_EVENTS))
    maintenance.forget(services)
    assert artifacts.recorded(name, 1, "voice.0") is None
    assert artifacts.plan(name, 1) is None
    with reading() as db:
        assert db.scalar(select(LedgerEvent)) is None


def test_a_batch_writes_each_table_once(ledger: Flask) -> None:
    fresh(attempt=2)
    store = current_services().artifacts
    for step in STEPS:
        blob = store.put_bytes(step.encode(), "text/plain")
        store.commit(Artifact(f"artifact-{step}-1", step, "any", {"part.txt": blob}, {}))
    statements: Counter[str] = Counter()

    def count(_c: object, _cursor: object, text: str, *_: object) -> None:
        statements[" ".join(text.replace("INTO ", "").split()[:2])] += 1

    listening.listen(db.engine, "before_cursor_execute", count)
    try:
        apply(story(has_end=True))
    finally:
        listening.remove(db.engine, "before_cursor_execute", count)
    files = "INSERT output", "INSERT cache_entry", "INSERT cache_blob", "INSERT cache_count"
    once = *files, "INSERT event", "INSERT mark", "UPDATE stage_run"
    assert {name: statements[name] for name in once} == dict.fromkeys(once, 1)
    assert truth()[0] == JobState.SUCCEEDED
    assert statements.total() <= 24, statements
