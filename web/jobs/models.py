"""Jobs, their plans and the runs of their stages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tasks.domain.job import JobState
from web.db.columns import Moment, new_job_id, now
from web.db.engine import Base


class Job(Base):
    """A request that was answered 202, until it has ended."""

    __tablename__ = "job"
    __table_args__ = (
        Index("open_jobs", "state", "rank", "created_at"),
        Index("jobs_in_flight", "published", "state"),
        Index("jobs_of_session", "session_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_job_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), default="pipeline")
    """`pipeline`: our workers carry it out; `external`: somebody else does, and tells us."""
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED.value)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Uploads at the time of the request: name -> blob reference."""
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    """What was stated of the people in the uploads; None: nothing."""
    consent_withdrawn_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    expired_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Since when its files are gone."""
    request_id: Mapped[str] = mapped_column(String(64), default="")
    """Of the HTTP request that started it: all its log lines carry it."""
    rank: Mapped[int] = mapped_column(default=1)
    """Priority as a number, the smallest first."""

    revision: Mapped[int] = mapped_column(default=0)
    """Of the plan that counts; 0 while none could be made."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Dispatches so far; 0 means it waits for its first one."""
    rounds: Mapped[int] = mapped_column(default=0)
    """How often its user had it tried again after an end."""
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts of this round that failed or were lost; the cap is on these."""
    published: Mapped[bool] = mapped_column(default=False)
    """Whether the present attempt has reached Redis whole."""
    retry_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Not to be dispatched before: a claim that is being published, or a pause after a failure."""

    waiting_since: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Since when nobody can carry it out, and for whom it waits."""
    waiting_for: Mapped[str | None] = mapped_column(Text, default=None)
    given_up: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Engines (STAGE/NAME) that failed for it wherever they are."""
    height: Mapped[int | None] = mapped_column(default=None)
    """What it is planned for, where what was asked for needs more memory than there is."""

    percent: Mapped[float] = mapped_column(default=0.0)
    eta_seconds: Mapped[float | None] = mapped_column(default=None)
    eta_low: Mapped[float | None] = mapped_column(default=None)
    eta_high: Mapped[float | None] = mapped_column(default=None)
    dispatched_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """For the first time; the estimate below was made then."""
    size: Mapped[float] = mapped_column(default=0.0)
    """What its time grows with: seconds of work, on the workers that it shares with others."""
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


class PlanRevision(Base):
    """A plan as it was made; never changed, only followed by the next revision."""

    __tablename__ = "plan_revision"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text, default="")
    """What was wrong with the one before it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class StageRun(Base):
    """One step of one revision: when it ran, where, on what, and what came of it."""

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
    """waiting, running, done or failed."""
    attempt: Mapped[int] = mapped_column(default=0)
    found: Mapped[bool] = mapped_column(default=False)
    """Whether the result was there already, so that nothing was computed."""
    worker: Mapped[str] = mapped_column(String(120), default="")
    artifact: Mapped[str] = mapped_column(String(64), default="", index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    queued_at: Mapped[datetime] = mapped_column(Moment, default=now)
    started_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    seconds: Mapped[float | None] = mapped_column(default=None)
    device: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[float] = mapped_column(default=0.0)
    """What the time of such a step grows with; the unit is the stage's own."""
    expected_seconds: Mapped[float | None] = mapped_column(default=None)
    expected_high: Mapped[float | None] = mapped_column(default=None)
    error_code: Mapped[str | None] = mapped_column(String(64), default=None)
    error_message: Mapped[str | None] = mapped_column(Text, default=None)
