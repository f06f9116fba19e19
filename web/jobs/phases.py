"""Name the phases of a job, and the transitions between them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from tasks.domain.events import EventType
from web.jobs.models import Job


class Phase(StrEnum):
    """How far an open job has come, or how it has ended."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    IN_FLIGHT = "in flight"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


def phase(job: Job, at: datetime) -> Phase:
    """Compute the phase of a job; the database stores only its state and its marks."""
    if not job.is_open:
        return Phase(job.state)
    if job.published:
        return Phase.IN_FLIGHT
    return Phase.CLAIMED if job.claimed_until and job.claimed_until > at else Phase.WAITING


OPEN: Final = frozenset({Phase.WAITING, Phase.CLAIMED, Phase.IN_FLIGHT})
ENDED: Final = frozenset(Phase) - OPEN


class Transition(NamedTuple):
    """One line of the table in `docs/architecture.md`."""

    name: str
    before: frozenset[Phase]
    after: frozenset[Phase]
    """Empty where the phase stays as it is."""
    guard: str
    events: tuple[EventType, ...] = ()
    """What it may add to the outbox."""


_WAITING: Final = frozenset({Phase.WAITING})
_CLAIMED: Final = frozenset({Phase.CLAIMED})
_IN_FLIGHT: Final = frozenset({Phase.IN_FLIGHT})
_FAILED: Final = frozenset({Phase.FAILED})
_REOPENABLE: Final = frozenset({Phase.FAILED, Phase.CANCELLED})
_SAME: Final[frozenset[Phase]] = frozenset()

TRANSITIONS: Final = (
    Transition("open_job", _SAME, _WAITING, "the owner may have one more job"),
    Transition("open_external", _SAME, _IN_FLIGHT, "the owner may have one more job"),
    Transition("open_clip", _SAME, _WAITING | _IN_FLIGHT, "the owner may have one more job"),
    Transition("release_project", _IN_FLIGHT, _WAITING, "a project's job whose clips are all made"),
    Transition("bill", OPEN, _SAME, "open"),
    Transition("claim", _WAITING, _CLAIMED, "due, and the attempt is the next one"),
    Transition(
        "adopt_plan",
        _CLAIMED,
        _SAME,
        "the plan is the next revision",
        (EventType.PLAN_REVISED,),
    ),
    Transition(
        "mark_published", _WAITING | _CLAIMED, _IN_FLIGHT, "the claim of this attempt still stands"
    ),
    Transition(
        "wait_for_worker",
        _WAITING,
        _WAITING | _FAILED,
        "the attempt is the current one; fails after `ENGINE_WAIT_MINUTES`",
        (EventType.PIPELINE_FAILED,),
    ),
    Transition("withdraw", _IN_FLIGHT, _WAITING, "the attempt is the current one"),
    Transition("start_running", OPEN, _SAME, "open"),
    Transition("note_progress", OPEN, _SAME, "open; the percentage never falls"),
    Transition(
        "retry_or_fail",
        OPEN,
        _WAITING | _FAILED,
        "open; fails after `JOB_ATTEMPTS`",
        (EventType.PIPELINE_FAILED,),
    ),
    Transition(
        "retry_lost",
        _IN_FLIGHT,
        _WAITING | _FAILED,
        "the attempt is the current one; fails after `JOB_ATTEMPTS`",
        (EventType.PIPELINE_FAILED,),
    ),
    Transition(
        "succeed", OPEN, frozenset({Phase.SUCCEEDED}), "open", (EventType.PIPELINE_COMPLETED,)
    ),
    Transition("fail", OPEN, _FAILED, "open", (EventType.PIPELINE_FAILED,)),
    Transition("fail_unread", OPEN, _FAILED, "open", (EventType.PIPELINE_FAILED,)),
    Transition("request_cancel", OPEN, _SAME, "open, and not requested before"),
    Transition(
        "cancel", OPEN, frozenset({Phase.CANCELLED}), "open", (EventType.PIPELINE_CANCELLED,)
    ),
    Transition("withdraw_consent", OPEN | ENDED, _SAME, "consent was not withdrawn before"),
    Transition(
        "reopen", _REOPENABLE, _WAITING | _IN_FLIGHT, "a pipeline job or clip whose consent stands"
    ),
    Transition("expire", ENDED, _SAME, "ended"),
    Transition("rename", OPEN | ENDED, _SAME, "-"),
    Transition("change_owner", OPEN | ENDED, _SAME, "the former owner has proved itself"),
)
