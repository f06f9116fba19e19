"""Change the calls to providers: the only module that writes `provider_calls`.

Each function is a transition: it checks its guard, writes, and returns whether it happened. All
of it is part of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from tasks.domain.hosted import LOCAL_WIRE, Cause, ClipOrder, Outcome, Remote, Report
from web.jobs.models import Job
from web.providers.models import ProviderCall, ProviderModel

QUEUED, SUBMITTING, WAITING, READY = "queued", "submitting", "waiting", "ready"
FINISHING = "finishing"
DONE, FAILED, UNKNOWN, CANCELLED = "done", "failed", "unknown", "cancelled"
OPEN: Final = (QUEUED, SUBMITTING, WAITING, READY, FINISHING)
ENDED: Final = (DONE, FAILED, UNKNOWN, CANCELLED)

FIRST_POLL: Final = timedelta(seconds=5)
SHORTEST_POLL, LONGEST_POLL = 2.0, 15.0
"""Seconds between two polls of a task; the longer it runs, the fewer."""
MOST_ATTEMPTS: Final = 8
"""Attempts to create a task, each of which the provider has refused for now."""
MOST_FAILURES: Final = 10
"""Polls or fetches in a row that failed."""
LOCAL_SILENCE: Final = timedelta(seconds=30)
"""How long a worker that makes a clip itself may be silent until it is asked again."""
MOST_RENDERS: Final = 4
"""Workers that may die over one clip."""
KEY_PATIENCE: Final = timedelta(minutes=5)
"""How long a call waits for a key that its provider accepts."""
DEAD_LINKS: Final = 3
"""How often a new link is requested for a dead one: many providers sign another."""
REPEATED_SECONDS: Final = 2.0
LONGEST_PAUSE: Final = 120.0
MICRO: Final = 1_000_000
_TRANSIENT: Final = (Cause.LIMIT, Cause.SERVER, Cause.KEY)


def open_call(
    db: Session,
    job: Job,
    model: ProviderModel,
    remote: Remote,
    order: ClipOrder,
    *,
    why: str,
    credits_micro: int,
    draft: bool,
    at: datetime,
) -> ProviderCall:
    """Insert a call that is to be submitted now."""
    call = ProviderCall(
        job_id=job.id,
        round=job.rounds,
        session_id=job.session_id,
        owner=job.owner,
        provider=model.provider,
        model_id=model.id,
        why=why,
        order=asdict(order),
        remote=asdict(remote),
        state=QUEUED,
        price_micro=price_of(model, order.seconds, draft=draft),
        credits_micro=credits_micro,
        next_at=at,
        created_at=at,
    )
    db.add(call)
    db.flush()
    return call


def price_of(model: ProviderModel, seconds: float, *, draft: bool = False) -> int:
    """Return the price of a clip in millionths of a US dollar."""
    own = model.draft_price_micro if draft else None
    return round((model.price_micro if own is None else own) * seconds)


def is_local(call: ProviderCall) -> bool:
    """Return whether a worker makes the clip itself: nothing is sent to a provider, or paid for."""
    return call.remote.get("wire") == LOCAL_WIRE


def begin_submit(call: ProviderCall, at: datetime, patience: timedelta) -> bool:
    """Commit the intent to buy, before a worker is asked to."""
    if call.state not in (QUEUED, SUBMITTING):
        return False
    call.state = SUBMITTING
    call.asked_at = call.asked_at or at
    call.turn += 1
    call.next_at = at + patience
    return True


def note_sent(call: ProviderCall, at: datetime, patience: timedelta) -> None:
    """Note that a worker is asked; it is asked again if it does not report in time."""
    call.turn += 1
    call.next_at = at + patience


def postpone(call: ProviderCall, until: datetime) -> None:
    """Let a call wait: no worker has room for it."""
    call.next_at = until


def render_again(call: ProviderCall, at: datetime, patience: timedelta) -> bool:
    """Note that a silent worker's clip is made again; False if that was done often enough."""
    if call.attempt >= MOST_RENDERS:
        return False
    call.attempt += 1
    note_sent(call, at, patience)
    return True


def finish_again(call: ProviderCall, at: datetime) -> bool:
    """Count a message that asks to finish a clip; end a call for which there were too many."""
    call.failures += 1
    if call.failures <= MOST_FAILURES:
        return True
    message = "The clip was made, but it could not be finished."
    end(call, FAILED, at, cause=Cause.SERVER, message=message)
    announce_soon(call, at)
    return False


def announce_soon(call: ProviderCall, at: datetime) -> None:
    """Let the next turn announce the end of a call."""
    note_announced(call, at - timedelta(minutes=1))


def follow_job(call: ProviderCall, at: datetime) -> bool:
    """Act once on a call whose job has ended."""
    if call.state not in OPEN or call.cause == Cause.CANCELLED:
        return False
    call.cause, call.next_at = Cause.CANCELLED, at
    return True


def note_announced(call: ProviderCall, at: datetime) -> None:
    """Note that the end of a call is announced to its job."""
    call.told_at = at


def apply(call: ProviderCall, report: Report, at: datetime) -> bool:
    """Apply what a worker reports; a late or repeated report changes nothing."""
    if call.state in ENDED:
        return False
    call.worker = report.worker[:120] or call.worker
    if report.cost is not None and 0 <= report.cost < MICRO:
        call.told_micro = round(MICRO * report.cost)
    if report.manifest is not None:
        call.manifest = report.manifest
    change = _CHANGES.get(report.outcome)
    return change is not None and change(call, report, at)


def end(
    call: ProviderCall, state: str, at: datetime, *, cause: str = "", message: str = ""
) -> bool:
    """End a call."""
    if call.state in ENDED:
        return False
    call.state, call.finished_at, call.next_at = state, at, None
    call.cause, call.message = cause, message[:500]
    return True


def forget(call: ProviderCall) -> None:
    """Remove what a call says about a person: the prompt, the pictures and the answers."""
    kept = ("seconds", "ratio", "resolution", "audio", "label")
    call.order = {"prompt": ""} | {name: call.order[name] for name in kept if name in call.order}
    call.manifest, call.urls, call.facts, call.message = None, [], None, ""
    call.artifact = ""


def notes_forgotten(call: ProviderCall) -> None:
    """Note that nothing of a purchase is left in the store."""
    call.noted = False


def resolve(call: ProviderCall, *, bought: bool, task_id: str) -> bool:
    """Record the outcome of an unknown purchase; its call stays ended, and nothing is bought."""
    if call.state != UNKNOWN:
        return False
    call.state, call.spent = FAILED, bought
    call.task_id = task_id or call.task_id
    call.cause = Cause.LOST if bought else Cause.SERVER
    return True


# --- what reports change ------------------------------------------------------------------


def _submitted(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state not in (QUEUED, SUBMITTING) or not report.task_id:
        return False
    call.state, call.failures = WAITING, 0
    call.task_id, call.key_label = report.task_id, report.key
    call.submitted_at = call.moved_at = at
    call.spent = not is_local(call)
    call.next_at = at + (LOCAL_SILENCE if is_local(call) else FIRST_POLL)
    call.cause = call.message = ""
    return True


def _busy(call: ProviderCall, report: Report, at: datetime) -> bool:
    """Wait until a key has room; this is no failure and has no limit of its own."""
    if call.state != SUBMITTING or report.attempt != call.attempt:
        return False
    if report.cause == Cause.KEY and at - (call.asked_at or at) > KEY_PATIENCE:
        message = report.message or "The provider accepts none of the keys."
        return end(call, FAILED, at, cause=Cause.KEY, message=message)
    call.state = QUEUED
    call.cause, call.message = report.cause, report.message
    call.next_at = at + _pause(report.retry_after, 1)
    return True


def _refused(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state != SUBMITTING or report.attempt != call.attempt:
        return False
    if report.cause not in _TRANSIENT or call.attempt >= MOST_ATTEMPTS:
        return end(call, FAILED, at, cause=report.cause, message=report.message)
    call.state = QUEUED
    call.attempt += 1
    call.cause, call.message = report.cause, report.message
    # Another key may have room: the limits in Redis know which of them rests.
    after = None if report.cause == Cause.SERVER else 0.2
    call.next_at = at + _pause(after, call.attempt)
    return True


def _unknown(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state != SUBMITTING or report.attempt != call.attempt:
        return False
    call.spent = True
    call.key_label = report.key
    return end(call, UNKNOWN, at, cause=Cause.UNKNOWN, message=report.message)


def _waiting(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state != WAITING:
        return False
    told = (report.progress, report.place)
    if told != (call.progress, call.place) or call.moved_at is None or _is_new(call, report):
        call.moved_at = at
    call.progress, call.place = told
    call.throttled = report.throttled
    call.facts = {"running": report.outcome == Outcome.RUNNING}
    call.failures = 0
    pause = timedelta(seconds=poll_pause(call, at))
    call.next_at = at + (LOCAL_SILENCE if is_local(call) else pause)
    return True


def _is_new(call: ProviderCall, report: Report) -> bool:
    """Return whether a task has begun to run."""
    was = bool((call.facts or {}).get("running"))
    return not was and report.outcome == Outcome.RUNNING


def _ready(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state != WAITING:
        return False
    call.state = READY
    call.urls = list(report.urls)
    call.progress, call.moved_at, call.next_at = 1.0, at, at
    return True


def _failed(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state not in (WAITING, READY):
        return False
    # Providers do not bill what they have failed to make, unless they say that they do.
    call.spent = bool(report.cost)
    cause = report.cause or Cause.SERVER
    return end(call, FAILED, at, cause=cause, message=report.message)


def _gone(call: ProviderCall, report: Report, at: datetime) -> bool:
    """End a lost task; if only its link is dead, a new link is requested first."""
    if call.state not in (WAITING, READY):
        return False
    call.failures += 1
    if call.failures < DEAD_LINKS:
        call.state = WAITING
        call.next_at = at + _pause(None, call.failures)
        return True
    return end(call, FAILED, at, cause=Cause.LOST, message=report.message)


def _unreached(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state not in (WAITING, READY):
        return False
    call.failures += 1
    if call.failures >= MOST_FAILURES:
        return end(call, FAILED, at, cause=report.cause, message=report.message)
    call.next_at = at + _pause(report.retry_after, call.failures)
    return True


def _fetched(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state not in (WAITING, READY):
        return False
    call.state, call.failures = FINISHING, 0
    call.artifact, call.facts = report.artifact, report.facts or {}
    call.progress, call.next_at = 1.0, at
    return True


def _finished(call: ProviderCall, report: Report, at: datetime) -> bool:
    if call.state != FINISHING:
        return False
    call.artifact, call.facts = report.artifact, (call.facts or {}) | (report.facts or {})
    return end(call, DONE, at)


def _damaged(call: ProviderCall, report: Report, at: datetime) -> bool:
    cause = Cause.MARKED if report.cause == Cause.MARKED else Cause.DAMAGED
    return end(call, FAILED, at, cause=cause, message=report.message)


def _cancelled(call: ProviderCall, report: Report, at: datetime) -> bool:
    return end(call, CANCELLED, at, cause=Cause.CANCELLED, message=report.message)


def poll_pause(call: ProviderCall, at: datetime) -> float:
    """Return the seconds until the next poll: a tenth of the time that has passed."""
    begun = call.submitted_at or call.created_at
    passed = (at - begun).total_seconds()
    return min(max(passed / 10, SHORTEST_POLL), LONGEST_POLL)


def _pause(after: float | None, failures: int) -> timedelta:
    grown = REPEATED_SECONDS * 2.0 ** (failures - 1)
    return timedelta(seconds=min(grown if after is None else max(after, 0.1), LONGEST_PAUSE))


_CHANGES: Final[dict[str, Callable[[ProviderCall, Report, datetime], bool]]] = {
    Outcome.SUBMITTED: _submitted,
    Outcome.BUSY: _busy,
    Outcome.REFUSED: _refused,
    Outcome.UNKNOWN: _unknown,
    Outcome.WAITING: _waiting,
    Outcome.RUNNING: _waiting,
    Outcome.READY: _ready,
    Outcome.FAILED: _failed,
    Outcome.GONE: _gone,
    Outcome.UNREACHED: _unreached,
    Outcome.FETCHED: _fetched,
    Outcome.FINISHED: _finished,
    Outcome.DAMAGED: _damaged,
    Outcome.CANCELLED: _cancelled,
}
