"""Owners that a request proves: a user, an API key, the operators or a visitor's browser.

Limits, queue turns, libraries, idempotency keys and cached results belong to the owner. A `user_id`
is only claimed by the caller, so nothing depends on it. A session id proves its session only.
"""

from __future__ import annotations

from typing import Final

from flask import has_request_context, request

from web.access import visitors
from web.accounts import plans
from web.audit import log
from web.audit.log import Actor
from web.batches import batches
from web.db.engine import reading, writing
from web.http.authentication import authenticated, is_access_token, of_token
from web.http.errors import request_id
from web.http.operators import is_operator
from web.http.rates import SESSION_HEADER
from web.http.senders import sender_address
from web.jobs import library
from web.projects import projects
from web.services import current_services
from web.sessions import names
from web.sessions.models import UserSession
from web.trust import consents

_KNOWN: Final = "callsheet_session_owners"


def of_request() -> str | None:
    """Return the owner that this request proves; None for a session that owns itself."""
    return authenticated().owner or visitors.of_request()


def of_new_session() -> str | None:
    """Return the owner of a session that this request opens; a page's browser becomes one."""
    return authenticated().owner or visitors.welcome()


def organisation() -> str | None:
    """Return the organisation of the signed-in user, to which new things belong too."""
    return authenticated().org_id


def owns_session(name: str, token: object = None) -> bool:
    """Return whether this request, or the access token of a message, proves a session's owner."""
    if isinstance(token, str) and is_access_token(token):
        owner = of_token(token).owner
    else:
        owner = of_request()
    if owner is None:
        return False
    with reading() as db:
        user_session = db.get(UserSession, name)
    return user_session is not None and user_session.owner == owner


def id_opens(name: str, token: object = None, owner: str | None = None) -> bool:
    """Return whether a caller with the id of a session may use it.

    A user's session also needs the user, or an operator: an id that stayed in a browser, a log or a
    bookmark opens nothing once the user has signed out. Other sessions need their id only.
    """
    return not of_user(name, owner) or owns_session(name, token) or is_operator(token)


def of_user(name: str, owner: str | None = None) -> bool:
    """Return whether a session belongs to a user; without accounts, none counts as such.

    The `owner` is read from the database unless it is known.
    """
    if current_services().settings.accounts.auth == "off":
        return False
    owner = owner or _known().get(name)
    if owner is None:
        with reading() as db:
            user_session = db.get(UserSession, name)
        owner = None if user_session is None else user_session.owner
    return owner is not None and plans.has_one(owner)


def remember(name: str, owner: str) -> None:
    """Keep the owner of a session for the rest of this request."""
    _known()[name] = owner


def _known() -> dict[str, str]:
    """Return the owners that this request has read, by session."""
    if not has_request_context():
        return {}
    known: dict[str, str] | None = getattr(request, _KNOWN, None)
    if known is None:  # kept with the request: an application context may serve several of them
        known = {}
        setattr(request, _KNOWN, known)
    return known


def claim_visitor(to_owner: str, org_id: str | None, visitor: str = "") -> None:
    """Give what this browser's visitor has made to a user who signs up or in.

    The session of the request comes along too if it owns itself. A sign-in that began on one of our
    pages and ends on another one names its `visitor`.
    """
    _known().clear()
    actor = Actor(to_owner, sender_address(), request_id())
    for owner in {*_to_take_along(), *([visitor] if visitor else [])}:
        with writing() as db:
            library.take_over(db, owner, to_owner, org_id)
            consents.take_over(db, owner, to_owner, org_id)
            projects.take_over(db, owner, to_owner, org_id)
            batches.take_over(db, owner, to_owner, org_id)
            log.record(db, actor, "owner.taken_over", to_owner, before=owner)


def _to_take_along() -> list[str]:
    visitor, session_id = visitors.of_request(), request.headers.get(SESSION_HEADER, "").strip()
    found = [visitor] if visitor is not None else []
    name = names.name_of(session_id)
    with reading() as db:
        user_session = db.get(UserSession, name) if session_id else None
    if user_session is not None and user_session.owner == name:
        found.append(name)
    return found
