"""Sessions: a person's room, found by an id that cannot be guessed.

A room is ended by its caller, by an operator or by idleness. An idle one keeps its
outputs until their own expiry; one that somebody ends by force loses its files at once.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from tasks.domain.errors import SessionNotFoundError
from tasks.domain.job import OPEN_STATES
from web.database import alone, writing
from web.errors import SessionEnded, SessionLimit
from web.models import Job, UserSession
from web.models.columns import now


def create(user_id: str, most: int, owner: str | None = None) -> UserSession:
    """Open an empty session, if there are fewer than `most`; without an owner, it owns itself."""
    owned = {} if owner is None else {"owner": owner}
    room = UserSession(user_id=user_id, **owned)
    with writing() as database:
        alone(database)
        if count_active(database) >= most:
            raise SessionLimit
        database.add(room)
    return room


def count_active(database: Session) -> int:
    active = select(func.count()).select_from(UserSession).where(UserSession.ended_at.is_(None))
    return database.scalar(active) or 0


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


def enter(database: Session, session_id: str) -> UserSession:
    """A session that takes new work; it was seen just now."""
    room = find(database, session_id)
    require_active(room)
    room.seen_at = now()
    return room


def require_active(room: UserSession) -> None:
    """An ended session keeps its outputs and takes nothing new."""
    if room.ended_at is not None:
        raise SessionEnded


def working(database: Session, session_id: str) -> bool:
    """Whether a job of this session has not ended."""
    return bool(
        database.scalar(select(func.count()).where(_is_open(), Job.session_id == session_id))
    )


def end(session_id: str) -> None:
    """End a session and ask for the end of its jobs."""
    with writing() as database:
        room = find(database, session_id)
        room.ended_at = room.ended_at or now()
        for job in database.scalars(select(Job).where(_is_open(), Job.session_id == session_id)):
            job.cancel_requested_at = job.cancel_requested_at or now()


def expire_idle(hours: float) -> list[str]:
    """End sessions that nobody has used for so long and that have no job at work."""
    with writing() as database:
        idle = select(UserSession).where(
            UserSession.ended_at.is_(None),
            UserSession.seen_at < now() - timedelta(hours=hours),
            # A job at work is use, and so is one that has ended a moment ago.
            ~exists().where(
                Job.session_id == UserSession.id,
                _is_open() | (Job.finished_at >= now() - timedelta(hours=hours)),
            ),
        )
        return [_expire(room) for room in database.scalars(idle)]


def _expire(room: UserSession) -> str:
    room.ended_at = now()
    return room.id


def _is_open() -> ColumnElement[bool]:
    return Job.state.in_([state.value for state in OPEN_STATES])
