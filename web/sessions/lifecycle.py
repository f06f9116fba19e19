"""Sessions: a person's room, found by its name; only its caller holds the id.

A room is ended by its caller, by an operator or by idleness. An idle one keeps its
outputs until their own expiry; one that somebody ends by force loses its files at once.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.errors import SessionNotFoundError
from web.db.columns import now
from web.db.engine import alone, writing
from web.errors import SessionEnded
from web.jobs.models import Job
from web.sessions import limits as session_limits
from web.sessions import names
from web.sessions.limits import SessionLimits, has_not_ended
from web.sessions.models import UserSession


def create(
    user_id: str,
    limits: SessionLimits,
    owner: str | None = None,
    opened_from: str = "",
    *,
    name: str | None = None,
) -> UserSession:
    """Open an empty session for an address, if it may; without an owner, it owns itself.

    Without a name no id opens it: only operators and programs of ours reach it.
    """
    name = name or names.unused_name()
    room = UserSession(id=name, user_id=user_id, owner=owner or name, opened_from=opened_from)
    with writing() as database:
        alone(database)
        session_limits.require_capacity(database, limits)
        session_limits.require_empty_share(database, limits, opened_from)
        database.add(room)
    return room


def active(database: Session) -> list[UserSession]:
    """The oldest first."""
    mine = select(UserSession).where(UserSession.ended_at.is_(None))
    return list(database.scalars(mine.order_by(UserSession.created_at)))


def find(database: Session, session_id: str) -> UserSession:
    """A session, ended or not."""
    room = database.get(UserSession, session_id)
    if room is None:
        raise SessionNotFoundError
    return room


def enter(database: Session, session_id: str, limits: SessionLimits) -> UserSession:
    """A session that takes new work; its first upload or job needs capacity for it."""
    room = find(database, session_id)
    require_active(room)
    if not session_limits.is_in_use(database, session_id):
        alone(database)
        session_limits.require_capacity(database, limits)
    room.seen_at = now()
    return room


def require_active(room: UserSession) -> None:
    """An ended session keeps its outputs and takes nothing new."""
    if room.ended_at is not None:
        raise SessionEnded


def working(database: Session, session_id: str) -> bool:
    """Whether a job of this session has not ended."""
    return bool(
        database.scalar(select(func.count()).where(has_not_ended(), Job.session_id == session_id))
    )


def end(session_id: str) -> None:
    """End a session and ask for the end of its jobs."""
    with writing() as database:
        room = find(database, session_id)
        room.ended_at = room.ended_at or now()
        for job in database.scalars(
            select(Job).where(has_not_ended(), Job.session_id == session_id)
        ):
            job.cancel_requested_at = job.cancel_requested_at or now()


def expire(limits: SessionLimits) -> list[str]:
    """End sessions that nobody has used for too long; their ids."""
    with writing() as database:
        return [room.id for room in session_limits.expire(database, limits)]
