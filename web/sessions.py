"""Sessions: a person's room, found by an id that cannot be guessed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tasks.domain.errors import SessionNotFoundError
from web.database import writing
from web.errors import SessionEnded
from web.models import UserSession
from web.models.columns import now


def create(user_id: str) -> UserSession:
    """A new, empty session."""
    room = UserSession(user_id=user_id)
    with writing() as database:
        database.add(room)
    return room


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
