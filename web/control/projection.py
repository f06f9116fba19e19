"""Apply events to the database once and in order, in the transaction that moves the position.

Any interleaving of duplicate, late and stale events ends in the same state: what is done stays
done, ends never change, and a failure of an older attempt does not count for a newer one.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.orm import Session

from tasks.domain import project_planner, wire
from tasks.domain.artifact import Artifact
from tasks.domain.decisions import LAST
from tasks.domain.events import Event, EventType, id_order
from tasks.domain.failure import Failure
from tasks.domain.hosted import STAGE
from tasks.domain.plan import step_name
from tasks.messaging.event_bus import StreamBatch, StreamEntry, Unreadable
from tasks.store.artifacts import Artifacts
from web.control.outputs import OutputFiles
from web.db.engine import writing
from web.dead_letters import letters, quarantine
from web.dead_letters.letters import Letter
from web.dead_letters.outages import is_outage
from web.events import ledger
from web.events.models import Mark, OutboxEvent
from web.events.position import MARK
from web.examinations import results
from web.jobs import notices, stage_runs, transitions
from web.jobs.models import ANALYSIS, CLIP, PROJECT, Job, StageRun
from web.jobs.scene_previews import is_preview
from web.services import Services
from web.storage import cache
from web.trust import registry
from web.webhooks.queueing import queue

_DELIVERS = (LAST, STAGE, project_planner.LAST)
"""Stages whose `final.mp4` is a video that this installation made."""
ENDS_WITH = {CLIP: STAGE, PROJECT: project_planner.LAST, ANALYSIS: project_planner.ANALYSE}
"""The last step of other kinds of jobs."""


_MOVE = (
    update(Mark)
    .where(Mark.name == MARK)
    .values(value=bindparam("after"))
    .execution_options(synchronize_session=False)
)
_KEY = re.compile(r"[\w.-]{1,64}")


@dataclass(frozen=True, slots=True)
class _Start:
    """The details of a stage's start."""

    attempt: int
    worker: str
    by_provider: bool = False
    """Whether a hosted model does it, which its own row says."""


@dataclass(frozen=True, slots=True)
class _Completion:
    """The details of a stage's completion."""

    attempt: int
    worker: str
    found: bool
    seconds: float
    artifact: str
    facts: dict[str, Any]
    device: str = ""


@dataclass(frozen=True, slots=True)
class _Failure:
    """The details of a stage's failure beside those of `Failure`."""

    attempt: int


_T = TypeVar("_T", _Start, _Completion, _Failure)
_MOST_ATTEMPTS = 2**31 - 1


def _details(kind: type[_T], event: Event) -> _T:
    details = wire.build(kind, event.details)
    if not 0 <= details.attempt <= _MOST_ATTEMPTS:
        raise wire.Malformed("attempt is out of range")
    return details


def apply_batch(batch: StreamBatch, services: Services, attempts: int) -> list[StreamEntry]:
    """Apply a batch and return the entries that were applied.

    If the whole batch cannot be applied, each entry is tried alone. An entry that fails alone, or
    is no event at all, is quarantined, and reading continues behind it.
    """
    if batch.unreadable:
        quarantine.put_aside([_unreadable(one) for one in batch.unreadable])
    if not batch.entries:
        if batch.unreadable:
            _move(batch.after)
        return []
    try:
        apply(batch.entries, batch.after, services, attempts)
    except Exception as error:
        if is_outage(error):
            raise
    else:
        return batch.entries
    applied = [entry for entry in batch.entries if _apply_one(entry, services, attempts)]
    _move(batch.after)
    return applied


def apply_letter(event: Event, services: Services, attempts: int) -> None:
    """Apply a quarantined event without moving the position."""
    _apply([StreamEntry(event, "")], None, services, attempts)


def _apply_one(entry: StreamEntry, services: Services, attempts: int) -> bool:
    event = entry.event
    return quarantine.attempt(
        lambda: apply([entry], event.event_id, services, attempts),
        letters.EVENT,
        event.event_id,
        event.to_json(),
        job_id=event.job_id,
    )


def _unreadable(entry: Unreadable) -> Letter:
    payload = json.dumps(entry.fields, sort_keys=True)
    return Letter(letters.MESSAGE, entry.entry_id, payload, "Malformed", entry.reason)


def _move(after: str) -> None:
    with writing() as db:
        _move_in(db, after)


def _move_in(db: Session, after: str) -> None:
    """Move the position; its row is missing only before the first event."""
    moved: Any = db.execute(_MOVE, {"after": after})
    if not moved.rowcount:
        db.add(Mark(name=MARK, value=after))


def apply(entries: Iterable[StreamEntry], after: str, services: Services, attempts: int) -> None:
    """Record a batch of events and everything that follows from them."""
    _apply(entries, after, services, attempts)


def _apply(
    entries: Iterable[StreamEntry], after: str | None, services: Services, attempts: int
) -> None:
    batch = list(entries)
    artifacts = _artifacts(batch, services.artifacts)
    with writing() as db:
        news = _record(db, batch)
        if news:
            _apply_news(db, services, news, artifacts, attempts)
        if after is not None:
            _move_in(db, after)


def _apply_news(
    db: Session,
    services: Services,
    news: list[Event],
    artifacts: Mapping[str, Artifact],
    attempts: int,
) -> None:
    projection = _JobProjection(db, artifacts, attempts, news)
    suggests_voices = services.settings.examination.suggests_voices
    for event in news:
        with db.no_autoflush:  # each table is written once, at the end
            projection.apply(event)
        results.apply(db, event, suggests_voices=suggests_voices)
    projection.finish()
    # Again for what the outbox has published: it may have ended before it could queue it.
    queue(db, services, news)
    notices.ended(db, services, news)


def _artifacts(batch: list[StreamEntry], artifacts: Artifacts) -> Mapping[str, Artifact]:
    """Look artifacts up before the transaction, so that a slow store does not hold it open."""
    reported = (
        entry.event.details.get("artifact")
        for entry in batch
        if entry.event.event_type is EventType.STAGE_COMPLETED
    )
    keys = {key for key in reported if isinstance(key, str) and _KEY.fullmatch(key)}
    return {key: artifact for key in keys if (artifact := artifacts.find(key)) is not None}


def _record(db: Session, batch: list[StreamEntry]) -> list[Event]:
    """Store the events and return those that are new."""
    news = ledger.record(db, (entry.event for entry in batch))
    new_ids = {event.event_id for event in news}
    _mark_emitted(db, (entry for entry in batch if entry.event.event_id in new_ids))
    return news


def _mark_emitted(db: Session, entries: Iterable[StreamEntry]) -> None:
    """Mark outbox rows whose events have arrived: they need not be published again."""
    references = {e.reference: e.event.event_id for e in entries if e.event.event_type.terminal}
    if references:
        for row in db.scalars(select(OutboxEvent).where(OutboxEvent.id.in_(references))):
            row.event_id = references[row.id]


class _JobProjection:
    """Applies events to jobs and stage runs, in the transaction that records them."""

    def __init__(
        self,
        db: Session,
        artifacts: Mapping[str, Artifact],
        attempts: int,
        news: list[Event],
    ) -> None:
        self._session = db
        self._artifacts = artifacts
        self._attempts = attempts
        self._jobs = _jobs(db, news)
        self._steps = _steps(db, news, self._jobs)
        self._files = OutputFiles(db)
        self._results = cache.CacheStatistics(db)
        self._last_done: dict[str, datetime] = {}
        """Jobs of which the last step is done, and since when."""
        self._videos: list[tuple[StageRun, Artifact, datetime]] = []
        """The steps whose results are finished videos."""

    def apply(self, event: Event) -> None:
        if is_preview(event.job_id):
            self._previewed(event)
        job = self._jobs.get(event.job_id or "")
        if job is None or not job.is_open:
            return
        transitions.note_progress(job, event.progress_percent, event.eta_seconds, event.eta_range)
        run = self._run(job, event)
        if run is None or run.state == "done":
            return
        if event.event_type is EventType.STAGE_STARTED:
            self._started(job, run, event)
        elif event.event_type is EventType.STAGE_COMPLETED:
            self._completed(job, run, event)
        elif event.event_type is EventType.STAGE_FAILED:
            self._failed(job, run, event)

    def _previewed(self, event: Event) -> None:
        """Remember a result of a preview, which no job refers to, so that it is evicted later."""
        artifact = self._artifacts.get(str(event.details.get("artifact")))
        if event.event_type is EventType.STAGE_COMPLETED and event.stage and artifact is not None:
            self._results.remember(event.stage, artifact, _event_time(event))

    def finish(self) -> None:
        """Write the gathered rows, one statement each, and end the jobs that are complete."""
        self._files.write()
        self._results.write()
        runs = self._runs_by_job()
        for run, artifact, made_at in self._videos:
            registry.add(self._session, runs[run.job_id], run, artifact, made_at)
        for job_id, at in self._last_done.items():
            # The last step alone is not enough: a wipe of Redis may have taken the event of an
            # earlier one. Another attempt reports it again, and until then the job is open.
            if all(run.state == "done" for run in runs[job_id]):
                transitions.succeed(self._session, self._jobs[job_id], at, runs[job_id])

    def _run(self, job: Job, event: Event) -> StageRun | None:
        """Find the step of an event, if it belongs to the current revision."""
        if event.stage is None or event.details.get("revision") != job.revision:
            return None
        return self._steps.get((job.id, job.revision, step_name(event.stage, event.scene)))

    def _started(self, job: Job, run: StageRun, event: Event) -> None:
        start = _details(_Start, event)
        if start.attempt < job.attempt:
            return
        if not start.by_provider:
            stage_runs.start(run, start.attempt, start.worker, _event_time(event))
        transitions.start_running(job, _event_time(event))

    def _completed(self, job: Job, run: StageRun, event: Event) -> None:
        done = _details(_Completion, event)
        stage_runs.complete(
            run,
            _event_time(event),
            attempt=done.attempt,
            worker=done.worker,
            device=done.device,
            found=done.found,
            seconds=done.seconds,
            artifact=done.artifact,
            facts=done.facts,
        )
        transitions.start_running(job, _event_time(event))
        artifact = self._artifacts.get(run.artifact)
        if artifact is not None:
            self._files.add(job, run, artifact)
            self._results.add(run, artifact, _event_time(event))
            if run.stage in _DELIVERS:
                self._videos.append((run, artifact, _event_time(event)))
        last = self._steps.get((job.id, job.revision, _last(job)))
        if last is not None and last.state == "done":  # an external job may not have reached it
            self._last_done[job.id] = _event_time(event)

    def _runs_by_job(self) -> Mapping[str, list[StageRun]]:
        """Load all steps of the jobs of which the last one is done, or a video."""
        runs: defaultdict[str, list[StageRun]] = defaultdict(list)
        ids = self._last_done.keys() | {run.job_id for run, _, _ in self._videos}
        if ids:
            revision = tuple_(StageRun.job_id, StageRun.revision)
            ending = [(job_id, self._jobs[job_id].revision) for job_id in ids]
            mine = select(StageRun).where(revision.in_(ending)).order_by(StageRun.id)
            for run in self._session.scalars(mine):
                runs[run.job_id].append(run)
        return runs

    def _failed(self, job: Job, run: StageRun, event: Event) -> None:
        failure, at = Failure.of_event(event), _event_time(event)
        if _details(_Failure, event).attempt < job.attempt:
            return
        stage_runs.fail(run, failure, at)
        self._session.flush()  # what follows reads the state of other steps
        if failure.retryable:
            transitions.retry_or_fail(self._session, job, failure, self._attempts, at)
        else:
            transitions.fail(self._session, job, failure, at)


def _jobs(db: Session, news: list[Event]) -> dict[str, Job]:
    """Load and lock the jobs of a batch in one query."""
    ids = {event.job_id for event in news if event.job_id}
    concerned = select(Job).where(Job.id.in_(ids)).order_by(Job.id).with_for_update()
    return {job.id: job for job in db.scalars(concerned)}


def _steps(
    db: Session, news: list[Event], jobs: Mapping[str, Job]
) -> dict[tuple[str, int, str], StageRun]:
    """Load the steps of a batch and the last step of each job in one query."""
    places = {
        (job.id, job.revision, step_name(event.stage, event.scene))
        for event in news
        if event.stage is not None and (job := jobs.get(event.job_id or "")) is not None
    }
    places |= {(job.id, job.revision, _last(job)) for job in jobs.values()}
    place = tuple_(StageRun.job_id, StageRun.revision, StageRun.step)
    runs = db.scalars(select(StageRun).where(place.in_(places)))
    return {(run.job_id, run.revision, run.step): run for run in runs}


def _last(job: Job) -> str:
    """Return the step with which a job ends."""
    return ENDS_WITH.get(job.kind, LAST)


def _event_time(event: Event) -> datetime:
    """Read when an event happened, by the clock that numbers all events."""
    return datetime.fromtimestamp(id_order(event.event_id)[0] / 1000, UTC)
