"""How many user sessions there may be: those in use share `MAX_SESSIONS`, empty ones do not count.

A session is in use once it has an upload or a job. One that a Python program on this machine
opened counts at once: only requests can come from strangers. Empty sessions end after minutes,
and each address may have a few of them, so that nobody locks others out by opening sessions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from config.settings import Settings
from tasks.domain.errors import RateLimited
from tasks.domain.job import OPEN_STATES
from web.db.columns import now
from web.errors import SessionLimit
from web.jobs.models import Job
from web.sessions.models import Upload, UserSession


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What the settings allow."""

    most: int
    """Sessions in use at once."""
    idle: timedelta
    """After which a session that nobody uses ends."""
    empty: timedelta
    """After which a session without an upload and a job ends."""
    empty_per_address: int
    """Empty sessions that one address may have; 0: any number."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            most=settings.max_sessions,
            idle=timedelta(hours=settings.session_hours),
            empty=timedelta(minutes=settings.empty_session_minutes),
            empty_per_address=settings.empty_sessions_per_address,
        )


def in_use() -> ColumnElement[bool]:
    """Whether a session counts against `MAX_SESSIONS`."""
    return or_(
        UserSession.opened_from == "",
        exists().where(Upload.session_id == UserSession.id),
        exists().where(Job.session_id == UserSession.id),
    )


def count_in_use(db: Session) -> int:
    active = select(func.count()).select_from(UserSession)
    return db.scalar(active.where(UserSession.ended_at.is_(None), in_use())) or 0


def is_in_use(db: Session, session_id: str) -> bool:
    return bool(db.scalar(select(exists().where(UserSession.id == session_id).where(in_use()))))


def require_capacity(db: Session, limits: SessionLimits) -> None:
    """Refuse one more session in use on a full server, and say when to try again."""
    if count_in_use(db) < limits.most:
        return
    expire(db, limits)
    if count_in_use(db) >= limits.most:
        raise SessionLimit(retry_after=_seconds_until(_next_expiry(db, limits)))


def require_empty_share(db: Session, limits: SessionLimits, opened_from: str) -> None:
    """Refuse one more empty session to an address that has its share."""
    if not opened_from or not limits.empty_per_address:
        return
    expire(db, limits)
    mine = select(UserSession.seen_at).where(
        UserSession.opened_from == opened_from, UserSession.ended_at.is_(None), ~in_use()
    )
    seen = sorted(db.scalars(mine))
    if len(seen) >= limits.empty_per_address:
        raise RateLimited(
            "Too many unused sessions were opened from your address. Use or close one, "
            "or try again in a few minutes.",
            retry_after=_seconds_until(seen[0] + limits.empty),
        )


def expire(db: Session, limits: SessionLimits) -> list[UserSession]:
    """End sessions that nobody has used for too long; the ended ones."""
    moment = now()
    unused = UserSession.seen_at < moment - limits.empty
    # A job at work is use, and so is one that has ended a moment ago.
    recent = exists().where(
        Job.session_id == UserSession.id,
        has_not_ended() | (Job.finished_at >= moment - limits.idle),
    )
    idle = (UserSession.seen_at < moment - limits.idle) & ~recent
    over = select(UserSession).where(UserSession.ended_at.is_(None), or_(idle, unused & ~in_use()))
    ended = list(db.scalars(over))
    for session in ended:
        session.ended_at = moment
    db.flush()
    return ended


def has_not_ended() -> ColumnElement[bool]:
    """Whether a job is queued or running."""
    return Job.state.in_([state.value for state in OPEN_STATES])


def _next_expiry(db: Session, limits: SessionLimits) -> datetime:
    """When the first session in use is idle for so long that it ends, as things stand."""
    working = exists().where(Job.session_id == UserSession.id, has_not_ended())
    last_job = (
        select(func.max(Job.finished_at)).where(Job.session_id == UserSession.id).scalar_subquery()
    )
    idle = select(UserSession.seen_at, last_job).where(
        UserSession.ended_at.is_(None), in_use(), ~working
    )
    seen = [max(moment for moment in row if moment is not None) for row in db.execute(idle)]
    return min(seen, default=now()) + limits.idle


def _seconds_until(moment: datetime) -> int:
    return max(1, math.ceil((moment - now()).total_seconds()))
