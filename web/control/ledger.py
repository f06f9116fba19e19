"""Events -> database: each one applied once, in order, in the transaction that moves the mark.

Any interleaving of duplicate, late and stale events ends in the same state: what is done
stays done, ends never change, and an older attempt's failure says nothing of a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.artifacts import Artifacts
from tasks.bus import LedgerEntry
from tasks.domain.artifact import Artifact
from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobState
from tasks.domain.plan import step_name
from web import cache
from web.control import decisions
from web.control.outputs import record_outputs
from web.database import reading, writing
from web.models import Job, LedgerEvent, Mark, OutboxEvent, StageRun

MARK = "ledger"


def mark() -> str:
    """Where reading goes on."""
    with reading() as session:
        found = session.get(Mark, MARK)
        return found.value if found else "0-0"


def high_water() -> str:
    """The highest id that was ever given, as far as the database knows."""
    with reading() as session:
        newest = session.execute(
            select(LedgerEvent.milliseconds, LedgerEvent.sequence)
            .order_by(LedgerEvent.milliseconds.desc(), LedgerEvent.sequence.desc())
            .limit(1)
        ).first()
        return f"{newest[0]}-{newest[1]}" if newest else "0-0"


def apply(entries: Iterable[LedgerEntry], after: str, artifacts: Artifacts, attempts: int) -> None:
    """Write a batch of events and everything that follows from them."""
    batch = list(entries)
    made = _artifacts(batch, artifacts)
    with writing() as session:
        following = _Following(session, made, attempts)
        for entry in batch:
            if _record(session, entry):
                following.follow(entry.event)
        session.merge(Mark(name=MARK, value=after))


def _artifacts(batch: list[LedgerEntry], artifacts: Artifacts) -> Mapping[str, Artifact]:
    """Looked up before the transaction: a slow store must not hold the database."""
    keys = {
        entry.event.details["artifact"]
        for entry in batch
        if entry.event.event_type is EventType.STAGE_COMPLETED
    }
    return {key: found for key in keys if (found := artifacts.find(key)) is not None}


def _record(session: Session, entry: LedgerEntry) -> bool:
    """Keep the event; False if it was kept before."""
    event = entry.event
    milliseconds, sequence = id_order(event.event_id)
    if session.get(LedgerEvent, (milliseconds, sequence)) is not None:
        return False
    session.add(
        LedgerEvent(
            milliseconds=milliseconds,
            sequence=sequence,
            session_id=event.session_id,
            job_id=event.job_id,
            event_type=event.event_type.value,
            payload=event.to_dict(),
        )
    )
    said = session.get(OutboxEvent, entry.reference) if entry.reference else None
    if said is not None:
        said.event_id = event.event_id
    return True


class _Following:
    """What follows from an event, inside the transaction that records it."""

    def __init__(self, session: Session, made: Mapping[str, Artifact], attempts: int) -> None:
        self._session = session
        self._made = made
        self._attempts = attempts

    def follow(self, event: Event) -> None:
        job = self._session.get(Job, event.job_id) if event.job_id else None
        if job is None or JobState(job.state).terminal:
            return
        job.percent = max(job.percent, event.progress_percent)
        if event.eta_seconds is not None:
            job.eta_seconds = event.eta_seconds
            job.eta_low, job.eta_high = event.eta_range or (None, None)
        run = self._run(job, event)
        if run is None or run.state == "done":
            return
        if event.event_type is EventType.STAGE_STARTED:
            self._started(job, run, event)
        elif event.event_type is EventType.STAGE_COMPLETED:
            self._completed(job, run, event)
        elif event.event_type is EventType.STAGE_FAILED:
            self._failed(job, run, event)

    def _run(self, job: Job, event: Event) -> StageRun | None:
        """The step an event speaks of, if it belongs to the plan that counts."""
        if event.stage is None or event.details.get("revision") != job.revision:
            return None
        return self._session.scalar(
            select(StageRun).where(
                StageRun.job_id == job.id,
                StageRun.revision == job.revision,
                StageRun.step == step_name(event.stage, event.scene),
            )
        )

    def _started(self, job: Job, run: StageRun, event: Event) -> None:
        if event.details["attempt"] < job.attempt:
            return
        run.state = "running"
        run.attempt = event.details["attempt"]
        run.worker = event.details["worker"]
        run.started_at = _moment(event)
        _runs(job, event)

    def _completed(self, job: Job, run: StageRun, event: Event) -> None:
        details = event.details
        run.state = "done"
        run.attempt = details["attempt"]
        run.worker = details["worker"]
        run.found = details["found"]
        run.seconds = details["seconds"]
        run.device = details.get("device", "")
        run.artifact = details["artifact"]
        run.facts = details["facts"]
        run.finished_at = _moment(event)
        run.error_code = run.error_message = None
        _runs(job, event)
        artifact = self._made.get(run.artifact)
        if artifact is not None and artifact.parts:
            cache.note(self._session, run, artifact, _moment(event))
            record_outputs(self._session, job, run, artifact)
        if run.stage == "assemble":
            self._session.flush()
            decisions.succeed(self._session, job, _moment(event))

    def _failed(self, job: Job, run: StageRun, event: Event) -> None:
        details = event.details
        if details["attempt"] < job.attempt:
            return
        run.state = "failed"
        run.finished_at = _moment(event)
        run.error_code = details["error_code"]
        run.error_message = details["user_message"]
        failure = {
            "error_code": details["error_code"],
            "user_message": details["user_message"],
            "stage": event.stage,
            "scene": event.scene,
            "retry_after": details.get("retry_after"),
        }
        if details["retryable"]:
            decisions.try_again(self._session, job, failure, self._attempts, _moment(event))
        else:
            decisions.fail(self._session, job, failure, _moment(event))


def _runs(job: Job, event: Event) -> None:
    job.started_at = job.started_at or _moment(event)
    job.state = JobState.RUNNING.value


def _moment(event: Event) -> datetime:
    """When it happened, by the one clock that numbers all events."""
    return datetime.fromtimestamp(id_order(event.event_id)[0] / 1000, UTC)
