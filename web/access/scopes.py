"""What a request may list: the library of the owner that it proves, or one session."""

from __future__ import annotations

from dataclasses import dataclass

from web.access import owners, presented
from web.db.engine import reading
from web.errors import SessionRequired
from web.http.operators import is_operator
from web.sessions import lifecycle
from web.sessions.models import UserSession


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything of an owner, or what is in one of its sessions."""

    owner: str
    session: str | None = None


def of_library() -> str | None:
    """Return the owner whose pictures and recordings this request may use; None if it proves none.

    A session id proves the library of a session that owns itself, and of no other owner.
    """
    owner, session_id = owners.of_request(), presented.in_header()
    if owner is not None or session_id is None:
        return owner
    with reading() as db:
        name = presented.opened(db, session_id)
        user_session = None if name is None else db.get(UserSession, name)
    owns_itself = user_session is not None and user_session.owner == user_session.id
    return name if owns_itself else None


def require_library(wanted_owner: str | None = None) -> str:
    """Return that owner, or the one that an operator asks for; raises `SessionRequired`."""
    if wanted_owner is not None and is_operator():
        return wanted_owner
    owner = of_library()
    if owner is None:
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    return owner


def of_request(wanted_owner: str | None, session_id: str | None) -> Scope:
    """Return what this request may list; operators may ask for any owner.

    A session id proves its session, and nothing else of the session's owner.
    """
    if wanted_owner is not None and is_operator():
        return Scope(wanted_owner, session_id)
    owner = owners.of_request()
    session_id = session_id or (presented.in_header() if owner is None else None)
    if session_id is not None:
        name = presented.session(session_id)
        with reading() as db:
            return Scope(lifecycle.find(db, name).owner, name)
    if owner is None:
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    return Scope(owner)
