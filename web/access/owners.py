"""Owners that a request proves: a user, an API key, the operators or a visitor's browser.

Limits, queue turns, libraries, idempotency keys and cached results belong to the owner. A `user_id`
is only claimed by the caller, so nothing depends on it. A session id proves its session only.
"""

from __future__ import annotations

from web.access import visitors
from web.db.engine import reading
from web.http.authentication import authenticated
from web.sessions.models import UserSession


def of_request() -> str | None:
    """Return the owner that this request proves; None for a session that owns itself."""
    return authenticated().owner or visitors.of_request()


def of_new_session() -> str | None:
    """Return the owner of a session that this request opens; a page's browser becomes one."""
    return authenticated().owner or visitors.welcome()


def organisation() -> str | None:
    """Return the organisation of the signed-in user, to which new things belong too."""
    return authenticated().org_id


def owns_session(name: str) -> bool:
    """Return whether this request proves the owner of a session."""
    owner = of_request()
    if owner is None:
        return False
    with reading() as db:
        user_session = db.get(UserSession, name)
    return user_session is not None and user_session.owner == owner
