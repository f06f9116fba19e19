"""Jobs, their plans and the runs of their stages."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from tasks.domain.job import OPEN_STATES, JobState
from tasks.domain.splitter import MARK
from web.db.columns import Moment, new_job_id, now
from web.db.engine import Base
from web.sessions import work
from web.sessions.models import TITLE_LENGTH, OwnedBySession, UserSession

PIPELINE: Final = "pipeline"
EXTERNAL: Final = "external"
CLIP: Final = "clip"
PROJECT: Final = "project"
ANALYSIS: Final = "analysis"
DISPATCHED: Final = (PIPELINE, PROJECT, ANALYSIS)
"""Kinds of jobs that our workers run step by step."""
TITLE_LETTERS: Final = 90
_OPEN: Final = tuple(state.value for state in OPEN_STATES)
UNCLAIMED: Final[dict[str, Any]] = {
    "kind": PIPELINE,
    "state": JobState.QUEUED.value,
    "published": False,
    "billed": False,
    "percent": 0.0,
    **dict.fromkeys(("revision", "attempt", "rounds", "failures"), 0),
}
"""The columns of a job that waits for its first dispatch, as they can be read before its INSERT."""


def title_of(options: Any) -> str:
    """Shorten the topic or script to a title that tells jobs apart in a list."""
    # One malformed or outdated row must not break the whole list.
    known = options if isinstance(options, dict) else {}
    words = known.get("topic") or known.get("script") or known.get("prompt") or "A recording"
    text = str(words).encode(errors="replace").decode().replace("\0", "")
    text = " ".join(word for word in text.split() if word.strip("-") or len(word) < len(MARK))
    return textwrap.shorten(text, TITLE_LETTERS, placeholder=" ...")


def _own_title(context: DefaultExecutionContext) -> str:
    return title_of(context.get_current_parameters()["options"])  # type: ignore[no-untyped-call]


class Job(OwnedBySession, Base):
    """A request for a video. Only `web.jobs.transitions` writes these columns."""

    __tablename__ = "job"
    __table_args__ = (
        Index("open_jobs", "state", "rank", "created_at"),
        Index("jobs_in_flight", "published", "state"),
        Index("jobs_of_session", "session_id", "state"),
        Index("jobs_of_owner", "owner", "created_at", "id"),
        Index("jobs_of_owner_by_state", "owner", "state", "created_at", "id"),
        Index("withdrawn_jobs_of_owner", "owner", "consent_withdrawn_at"),
        Index("jobs_by_age", "created_at", "id", "owner"),
        Index("jobs_by_state", "state", "created_at", "id"),
        Index("jobs_by_code", "error_code", "created_at", "id"),
        Index("jobs_by_end", "finished_at", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_job_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), default=PIPELINE)
    """`pipeline`: our workers run it; `external`: its caller runs it and reports progress;
    `clip`: a hosted model makes it (`web/providers`); `project` and `analysis`: our workers make
    the video of a project, or analyse its sample (`web/projects`)."""
    project_id: Mapped[str | None] = mapped_column(String(40), default=None, index=True)
    """The project that it works for; a clip with one is a part of that project's job."""
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default=_own_title)
    """What its owner calls it; at first the beginning of its topic or script."""
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED.value)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Uploads at the time of the request: name -> blob reference."""
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    """The consent that was stated for each upload; None: none was."""
    consent_withdrawn_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    expired_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When its files were deleted."""
    request_id: Mapped[str] = mapped_column(String(64), default="")
    """The HTTP request that started it; all log lines of the job carry it."""
    rank: Mapped[int] = mapped_column(default=1)
    """Priority as a number; the smallest goes first."""
    billed: Mapped[bool] = mapped_column(default=False)
    """Whether its current run is charged for when it ends (`web.jobs.charging`)."""

    revision: Mapped[int] = mapped_column(default=0)
    """The current revision of its plan; 0 before the first one."""
    attempt: Mapped[int] = mapped_column(default=0)
    """The current attempt; 0 before the first dispatch."""
    rounds: Mapped[int] = mapped_column(default=0)
    """How often it was opened again after an end."""
    failures: Mapped[int] = mapped_column(default=0)
    """Failed or lost attempts of this round; `JOB_ATTEMPTS` limits them."""
    published: Mapped[bool] = mapped_column(default=False)
    """Whether the current attempt has reached Redis."""
    claimed_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """A process publishes the current attempt; no other may claim the job before this."""
    retry_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """The end of its back-off: no dispatch before this."""

    waiting_since: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Since when no worker can run it; `waiting_for` says which one is missing."""
    waiting_for: Mapped[str | None] = mapped_column(Text, default=None)
    given_up: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Engines (STAGE/NAME) that failed for it on every worker."""
    height: Mapped[int | None] = mapped_column(default=None)
    """The planned height, where the requested one needs more memory than there is."""

    percent: Mapped[float] = mapped_column(default=0.0)
    eta_seconds: Mapped[float | None] = mapped_column(default=None)
    eta_low: Mapped[float | None] = mapped_column(default=None)
    eta_high: Mapped[float | None] = mapped_column(default=None)
    dispatched_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """The first dispatch; the estimate below was made then."""
    size: Mapped[float] = mapped_column(default=0.0)
    """What its duration grows with: seconds of work on the workers it shares with other jobs."""
    expected_seconds: Mapped[float | None] = mapped_column(default=None)
    expected_low: Mapped[float | None] = mapped_column(default=None)
    expected_high: Mapped[float | None] = mapped_column(default=None)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    started_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)

    error_code: Mapped[str | None] = mapped_column(String(64), default=None)
    error_stage: Mapped[str | None] = mapped_column(String(32), default=None)
    error_message: Mapped[str | None] = mapped_column(Text, default=None)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in _OPEN

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.state.in_(_OPEN)

    @hybrid_property
    def is_in_flight(self) -> bool:
        """Whether its current attempt was given to workers."""
        return self.is_open and self.published

    @is_in_flight.inplace.expression
    @classmethod
    def _is_in_flight(cls) -> ColumnElement[bool]:
        return and_(cls.is_open, cls.published)

    @hybrid_property
    def is_waiting(self) -> bool:
        """Whether it is in the queue for a dispatch."""
        return self.is_open and not self.published

    @is_waiting.inplace.expression
    @classmethod
    def _is_waiting(cls) -> ColumnElement[bool]:
        return and_(cls.is_open, cls.published.is_(False))

    def is_due(self, at: datetime) -> bool:
        """Return whether it may be claimed and dispatched now."""
        return (
            self.is_waiting
            and self.kind in DISPATCHED
            and self.cancel_requested_at is None
            and all(until is None or until <= at for until in (self.claimed_until, self.retry_at))
        )

    @classmethod
    def due(cls, at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
        """Express `is_due` in SQL."""
        return and_(
            cls.is_waiting,
            cls.kind.in_(DISPATCHED),
            cls.cancel_requested_at.is_(None),
            *(or_(until.is_(None), until <= at) for until in (cls.claimed_until, cls.retry_at)),
        )


_in_session = Job.session_id == UserSession.id
work.declare(
    work.Work(
        exists=exists().where(_in_session),
        is_open=exists().where(_in_session, Job.is_open),
        last_end=select(func.max(Job.finished_at)).where(_in_session).scalar_subquery(),
    )
)


class PlanRevision(Base):
    """A stored plan; it never changes, the next revision replaces it."""

    __tablename__ = "plan_revision"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text, default="")
    """Why it replaced the plan before it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class StageRun(Base):
    """One step of a plan revision: where and when it ran, and its result.

    Only `web.jobs.stage_runs` writes these columns.
    """

    __tablename__ = "stage_run"
    __table_args__ = (UniqueConstraint("job_id", "revision", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    revision: Mapped[int]
    step: Mapped[str] = mapped_column(String(48))
    stage: Mapped[str] = mapped_column(String(32))
    scene: Mapped[int | None] = mapped_column(default=None)
    engine: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16), default="")
    environment: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    """waiting, waiting_provider, running, done, failed or dropped."""
    attempt: Mapped[int] = mapped_column(default=0)
    found: Mapped[bool] = mapped_column(default=False)
    """Whether a stored result was reused instead of computed."""
    worker: Mapped[str] = mapped_column(String(120), default="")
    artifact: Mapped[str] = mapped_column(String(64), default="", index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    queued_at: Mapped[datetime] = mapped_column(Moment, default=now)
    started_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    seconds: Mapped[float | None] = mapped_column(default=None)
    device: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[float] = mapped_column(default=0.0)
    """What its duration grows with; each stage has its own unit."""
    expected_seconds: Mapped[float | None] = mapped_column(default=None)
    expected_high: Mapped[float | None] = mapped_column(default=None)
    error_code: Mapped[str | None] = mapped_column(String(64), default=None)
    error_message: Mapped[str | None] = mapped_column(Text, default=None)


class JobFeedback(Base):
    """What the owner of a job thinks of its video."""

    __tablename__ = "job_feedback"
    __table_args__ = (Index("feedback_by_age", "created_at", "job_id"),)

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    score: Mapped[int]
    """From 1 (bad) to 5 (good)."""
    words: Mapped[str] = mapped_column(Text, default="")
    """Deleted with the files of the job."""
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What was wrong (`web.jobs.feedback.PROBLEMS`)."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
