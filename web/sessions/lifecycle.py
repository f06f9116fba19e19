"""Create, find and end user sessions.

The caller, an operator or idleness ends a session. An expired session keeps its outputs until
their retention ends; a session that is ended by force loses its files at once.
"""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from tasks.domain.errors import SessionNotFoundError
from web.accounts import plans
from web.db.columns import now
from web.db.engine import serialise_writers, writing
from web.errors import SessionEnded
from web.sessions import limits as session_limits
from web.sessions import names
from web.sessions.limits import SessionLimits
from web.sessions.models import UserSession


def create(
    user_id: str,
    limits: SessionLimits,
    owner: str | None = None,
    opened_from: str = "",
    *,
    name: str | None = None,
    org_id: str | None = None,
) -> UserSession:
    """Open an empty session within the limits; without an owner, it owns itself.

    Without a name, no id leads to it: only operators and programs on this machine can use it.
    """
    name = name or names.unused_name()
    user_session = UserSession(
        id=name,
        user_id=user_id,
        owner=owner or name,
        org_id=org_id,
        opened_from=opened_from,
    )
    with writing() as db:
        serialise_writers(db)
        if not plans.has_one(owner):
            session_limits.require_capacity(db, limits)
        session_limits.require_empty_share(db, limits, opened_from)
        db.add(user_session)
    return user_session


def active(db: Session) -> list[UserSession]:
    """List the active sessions, oldest first."""
    mine = select(UserSession).where(UserSession.ended_at.is_(None))
    return list(db.scalars(mine.order_by(UserSession.created_at)))


def find(db: Session, session_id: str) -> UserSession:
    """Find a session, active or ended; raises `SessionNotFoundError`."""
    user_session = db.get(UserSession, session_id)
    if user_session is None:
        raise SessionNotFoundError
    return user_session


@lru_cache(maxsize=1)
def _with_use() -> Select[UserSession, bool]:
    """Select a session and whether it is in use; built once, after all domains declare work."""
    return select(UserSession, session_limits.in_use()).where(UserSession.id == bindparam("name"))


def find_active(db: Session, session_id: str, limits: SessionLimits) -> UserSession:
    """Find a session for new work; its first upload or job takes one of the server's places."""
    found = db.execute(_with_use(), {"name": session_id}).one_or_none()
    if found is None:
        raise SessionNotFoundError
    user_session, is_in_use = found
    require_active(user_session)
    if not plans.has_one(user_session.owner) and not is_in_use:
        serialise_writers(db)
        session_limits.require_capacity(db, limits)
    user_session.seen_at = now()
    return user_session


def require_active(user_session: UserSession) -> None:
    """Refuse new work in an ended session."""
    if user_session.ended_at is not None:
        raise SessionEnded


def expire(limits: SessionLimits) -> list[str]:
    """End sessions that have been idle for too long and return their names."""
    with writing() as db:
        return [user_session.id for user_session in session_limits.expire(db, limits)]
