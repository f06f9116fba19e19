"""Decide what is asked of providers, and when: the database is the schedule.

Each turn of the controller applies the reports of workers and sends what is due. Nothing waits in
a worker: 500 clips in flight are 500 rows.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from config.environments import HOSTED, LITE, MEDIA
from tasks.domain import wire
from tasks.domain.events import Event
from tasks.domain.hosted import (
    LOCAL,
    STAGE,
    Cause,
    ClipOrder,
    Outcome,
    Purchase,
    Remote,
    Report,
    Task,
    Verb,
)
from tasks.messaging import provider_call
from tasks.messaging.call_keys import HEADER as SIGNATURE
from tasks.messaging.emission import Advance
from tasks.messaging.provider_call import POLLS_A_MESSAGE
from tasks.messaging.provider_call import ProviderCall as Message
from tasks.messaging.routing import PRIORITIES, lists_of
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import stage_runs, transitions
from web.jobs.models import CLIP, Job
from web.providers import calls, clips, fallback, rendering, reporting
from web.providers.calls import FINISHING, OPEN, QUEUED, READY, SUBMITTING, WAITING
from web.providers.models import ProviderCall
from web.services import Services
from web.sessions import salts

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 400
"""Calls that one turn acts on."""
MOST_A_TURN: Final = 200
"""Calls for which one turn sends messages."""
MOST_QUEUED: Final = 50
"""Messages that wait for workers at most before a turn."""
LONGEST_PATIENCE: Final = 480.0
ANNOUNCE_AGAIN: Final = timedelta(seconds=10)
"""An end whose event was lost is announced again."""
_VERBS: Final = {WAITING: Verb.POLL, READY: Verb.FETCH, FINISHING: Verb.FINISH}
_QUEUES: Final = {Verb.RENDER: LITE, Verb.FINISH: MEDIA}
_SHOWN: Final = (Outcome.WAITING, Outcome.RUNNING, Outcome.READY)

Emission = tuple[Event, Advance | None, str]


# --- what workers report ------------------------------------------------------------------


def apply_reports(services: Services, reports: Sequence[Report]) -> None:
    """Apply reports in one transaction, and emit their events after it."""
    emissions: list[Emission] = []
    given_up: list[Message] = []
    with writing(durable=True) as db:
        rows = _locked(db, {report.call_id for report in reports})
        jobs = {job.id: job for job in _jobs(db, {row.job_id for row in rows.values()})}
        for report in reports:
            call = rows.get(report.call_id)
            job = jobs.get(call.job_id) if call is not None else None
            if call is not None and job is not None:
                was_waiting = call.state == WAITING
                emissions += _apply(services, db, job, call, report)
                if was_waiting and _is_given_up(call, report):
                    given_up.append(_cancel(services, call))
    for message in given_up:
        _send(services, message)
    for event, advance, reference in emissions:
        reporting.emit(services, event, advance, reference)


def _apply(
    services: Services, db: Session, job: Job, call: ProviderCall, report: Report
) -> list[Emission]:
    at = now()
    if _is_over(job, call):
        if calls.apply(call, report, at):
            calls.follow_job(call, at)  # its task is cancelled
        return []
    before = (call.progress, call.place, call.throttled)
    if not calls.apply(call, report, at):
        return []
    if report.outcome == Outcome.SUBMITTED:
        transitions.start_running(job, at)
        _show(db, call, at)
        return [(reporting.begun(job, call), None, "")]
    if report.outcome in _SHOWN:
        _expire_stuck(services, call, at)
        _show(db, call, at)
        if (call.progress, call.place, call.throttled) != before and call.state in OPEN:
            return [(*reporting.progressed(job, call), "")]
    if call.state in calls.ENDED:
        return _ended(services, db, job, call, at)
    return []


def _ended(
    services: Services, db: Session, job: Job, call: ProviderCall, at: datetime
) -> list[Emission]:
    """Announce an end, unless another model is tried."""
    if call.state == calls.FAILED and fallback.open_another(services, db, job, call):
        _show(db, call, at)
        return []
    calls.note_announced(call, at)
    return [reporting.ended(job, call)]


def _show(db: Session, call: ProviderCall, at: datetime) -> None:
    state = stage_runs.RUNNING if calls.is_local(call) else stage_runs.WAITING_PROVIDER
    told = reporting.told(call)
    stage_runs.wait_for_provider(
        db, call.job_id, STAGE, at, worker=call.worker, told=told, state=state
    )


def _expire_stuck(services: Services, call: ProviderCall, at: datetime) -> None:
    """End a task that has made no progress for too long; it may have been paid for."""
    patience = timedelta(minutes=services.settings.providers.stuck_minutes)
    if call.state == WAITING and call.moved_at is not None and at - call.moved_at > patience:
        message = "The provider made no progress with the clip."
        calls.end(call, calls.FAILED, at, cause=Cause.LOST, message=message)


def _is_given_up(call: ProviderCall, report: Report) -> bool:
    """Return whether a call has failed although its provider may still be working on it."""
    asked = report.outcome in (*_SHOWN, Outcome.UNREACHED)
    return asked and call.state == calls.FAILED and not calls.is_local(call)


# --- what is sent -------------------------------------------------------------------------


def send_due(services: Services) -> int:
    """Send what is due; the intent of each purchase is committed before. Return the number.

    While workers are behind nothing is sent to providers: what waits here costs nothing, and a
    message that is sent twice would only make the queue longer.
    """
    at, local = now(), []
    if _backlog(services) >= MOST_QUEUED:
        local = [ProviderCall.provider == LOCAL]
    with writing(durable=True) as db:
        due = (
            select(ProviderCall)
            .where(ProviderCall.state.in_(OPEN), ProviderCall.next_at <= at, *local)
            .order_by(ProviderCall.next_at)
            .limit(MOST_A_TURN)
            .with_for_update(skip_locked=True)
        )
        rows = list(db.scalars(due))
        jobs = {job.id: job for job in _jobs(db, {row.job_id for row in rows})}
        messages = list(_messages(services, db, rows, jobs, at))
    for message in messages:
        _send(services, message)
    return len(messages)


def _messages(
    services: Services,
    db: Session,
    rows: Iterable[ProviderCall],
    jobs: dict[str, Job],
    at: datetime,
) -> Iterable[Message]:
    asked: dict[tuple[Verb, str], list[ProviderCall]] = defaultdict(list)
    free = rendering.room(services, db) if any(map(calls.is_local, rows)) else rendering.Room(0)
    for call in rows:
        job = jobs.get(call.job_id)
        is_over = job is None or _is_over(job, call)
        if is_over:
            message = _withdraw(services, db, call, at)
        elif calls.is_local(call) and call.state != FINISHING:
            message = rendering.message(call, _task(services, call, job), at, free)
        else:
            message = _submit(services, db, call, at)
        if message is not None:
            yield message
        elif call.state in _VERBS and not is_over and _may_ask(call, at):
            asked[_VERBS[call.state], call.provider].append(call)
    for (verb, _), mine in asked.items():
        yield from _questions(services, verb, mine, jobs)


def _submit(services: Services, db: Session, call: ProviderCall, at: datetime) -> Message | None:
    """Commit the intent of a purchase; None if it has been made."""
    if call.state not in (QUEUED, SUBMITTING):
        return None
    calls.begin_submit(call, at, _patience(services, call))
    return Message.submit(_purchase(db, call), f"{call.id}.{call.turn}")


def _questions(
    services: Services, verb: Verb, mine: Sequence[ProviderCall], jobs: dict[str, Job]
) -> Iterable[Message]:
    """Ask for some tasks of one provider in each message."""
    size = POLLS_A_MESSAGE if verb is Verb.POLL else 1
    for start in range(0, len(mine), size):
        some = mine[start : start + size]
        for call in some:
            calls.note_sent(call, now(), _patience(services, call))
        number = f"{some[0].id}.{some[0].turn}"
        tasks = [_task(services, one, jobs[one.job_id]) for one in some]
        yield Message.of_tasks(verb, tasks if verb is Verb.FINISH else _bare(tasks), number)


def _may_ask(call: ProviderCall, at: datetime) -> bool:
    return call.state != FINISHING or calls.finish_again(call, at)


def _withdraw(services: Services, db: Session, call: ProviderCall, at: datetime) -> Message | None:
    """Stop a call whose job has ended: a task that exists is cancelled at its provider."""
    if call.state in (QUEUED, FINISHING) or calls.is_local(call):  # nothing is left to cancel
        calls.end(call, calls.CANCELLED, at, cause=Cause.CANCELLED)
        return None
    if call.state == SUBMITTING:  # a worker says whether it was bought, and buys nothing now
        calls.begin_submit(call, at, _patience(services, call))
        withdrawn = replace(_purchase(db, call), withdrawn=True)
        return Message.submit(withdrawn, f"{call.id}.{call.turn}")
    calls.note_sent(call, at, _patience(services, call))
    return _cancel(services, call)


def _cancel(services: Services, call: ProviderCall) -> Message:
    """Return the message that cancels a task, which also frees its place with its key."""
    tasks = _bare([_task(services, call)])
    return Message.of_tasks(Verb.CANCEL, tasks, f"{call.id}.{call.turn}")


def _patience(services: Services, call: ProviderCall) -> timedelta:
    """Return how long a worker may be silent before it is asked again: longer each time."""
    seconds = 2 * services.settings.lease_seconds * 2.0 ** min(call.failures, 4)
    return timedelta(seconds=min(seconds + 2 * (call.turn % 8), LONGEST_PATIENCE))


def _purchase(db: Session, call: ProviderCall) -> Purchase:
    others = select(ProviderCall.task_id).where(
        ProviderCall.provider == call.provider, ProviderCall.task_id != ""
    )
    newest = others.order_by(ProviderCall.created_at.desc()).limit(200)
    return Purchase(
        call_id=call.id,
        job_id=call.job_id,
        attempt=call.attempt,
        remote=wire.build(Remote, call.remote),
        order=wire.build(ClipOrder, call.order),
        since=(call.asked_at or call.created_at).timestamp(),
        known_tasks=tuple(db.scalars(newest)),
    )


def _task(services: Services, call: ProviderCall, job: Job | None = None) -> Task:
    return Task(
        call_id=call.id,
        job_id=call.job_id,
        remote=wire.build(Remote, call.remote),
        task_id=call.task_id,
        key=call.key_label,
        order=wire.build(ClipOrder, call.order),
        urls=tuple(call.urls),
        model_id=call.model_id,
        artifact=call.artifact,
        job_attempt=1 if job is None else job.attempt,
        salt=salts.of_owner(services, call.owner),
        unmarked=job is not None and bool(job.options.get(clips.UNMARKED)),
    )


def _bare(tasks: Iterable[Task]) -> list[Task]:
    """Leave out what a question about a task does not need: the prompt and the owner's salt."""
    return [
        replace(task, order=ClipOrder("", task.order.seconds, task.order.ratio), salt="")
        for task in tasks
    ]


def _is_over(job: Job, call: ProviderCall) -> bool:
    """Return whether a call is of a job that has ended, or that has begun another round."""
    return not job.is_open or call.round != job.rounds


def _backlog(services: Services) -> int:
    """Count the messages that wait for workers."""
    client = next(client for client, queues in services.queues if HOSTED in queues)
    pipe = client.pipeline(transaction=False)
    for name in lists_of(HOSTED):
        pipe.llen(name)
    return sum(pipe.execute())


def _send(services: Services, message: Message) -> None:
    """Send a message; polls go behind everything else, because they can wait."""
    seconds = provider_call.SECONDS[Verb(message.verb)]
    queue = _QUEUES.get(Verb(message.verb), HOSTED)
    services.celery.send_task(
        provider_call.TASK,
        args=message.args,
        task_id=message.task_id,
        queue=queue,
        priority=PRIORITIES[0] if message.verb == Verb.POLL else 0,
        soft_time_limit=seconds,
        time_limit=seconds + 30,
        headers={
            log_context.HEADER: log_context.message_ids(),
            SIGNATURE: services.call_keys.sign(message, queue),
        },
    )


# --- what has ended -----------------------------------------------------------------------


def announce(services: Services) -> None:
    """Announce ends again whose events were lost, and follow jobs that have ended."""
    at = now()
    ended = (
        select(ProviderCall, Job)
        .join(Job, Job.id == ProviderCall.job_id)
        .where(Job.kind == CLIP, Job.is_open, ProviderCall.state.in_(calls.ENDED))
        .where(ProviderCall.round == Job.rounds)
        .where(ProviderCall.told_at.is_not(None), ProviderCall.told_at < at - ANNOUNCE_AGAIN)
        .limit(MOST_AT_ONCE)
    )
    with reading() as db:
        emissions = [reporting.ended(job, call) for call, job in db.execute(ended)]
    for event, advance, reference in emissions:
        reporting.emit(services, event, advance, reference)
    left = (
        select(ProviderCall)
        .join(Job, Job.id == ProviderCall.job_id)
        .where(ProviderCall.state.in_(OPEN), ~Job.is_open | (ProviderCall.round != Job.rounds))
        .where(ProviderCall.cause != Cause.CANCELLED)
    )
    with reading() as db:
        stale = [call.id for call in db.scalars(left)]
    if stale:
        with writing() as db:
            for call in _locked(db, stale).values():
                calls.follow_job(call, at)


def _locked(db: Session, ids: Iterable[str]) -> dict[str, ProviderCall]:
    rows = select(ProviderCall).where(ProviderCall.id.in_(set(ids))).order_by(ProviderCall.id)
    return {row.id: row for row in db.scalars(rows.with_for_update())}


def _jobs(db: Session, ids: Iterable[str]) -> list[Job]:
    return list(db.scalars(select(Job).where(Job.id.in_(set(ids)))))
