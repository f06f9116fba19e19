"""Session ids that a request presents, and the sessions they give access to.

This is the only place where an id is turned into a name, for REST, forms, tus, WebSocket, Socket.IO
and the Python interface. Presented ids are remembered for the length of the request, so that its
response names the session by the id that the caller knows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from flask import g, has_request_context, request
from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.errors import SessionNotFoundError
from web.access import owners
from web.accounts import key_format
from web.db.engine import read_one
from web.http.authentication import bearer, is_access_token, is_operator_token
from web.http.operators import is_operator
from web.services import Services
from web.sessions import names
from web.sessions.models import UserSession

HEADER: Final = "X-Session-ID"
_SESSION: Final = select(UserSession.id, UserSession.owner).where(
    UserSession.id == bindparam("name")
)
_Found = TypeVar("_Found")


def in_header() -> str | None:
    """Return the unchecked id from `X-Session-ID` or else from `Authorization: Bearer`."""
    session_id = request.headers.get(HEADER, "").strip()
    if not session_id:
        token = bearer()
        session_id = "" if _is_credential(token) else token
    return session_id or None


def _is_credential(token: str) -> bool:
    """Return whether a bearer token is something other than a session id."""
    return is_operator_token(token) or is_access_token(token) or key_format.looks_like_one(token)


def session(session_id: str, token: object = None) -> str:
    """Return the name of the session with this id; raises `SessionNotFoundError`.

    The session of a user also needs the user's own credentials, or those of an operator.
    Its owner may send the name itself, and so may an operator, authenticated by a header or the
    `token` of a message.
    """
    row = _opened(_read, session_id)
    exists = row is None and _read(session_id) is not None
    name = None if row is None else row.id
    if row is not None:
        owners.remember(row.id, row.owner)
        if not owners.id_opens(row.id, token, row.owner):
            name = None
    if name is None and exists and (owners.owns_session(session_id, token) or is_operator(token)):
        name = session_id
    if name is None:
        raise SessionNotFoundError
    return noted(name, session_id)


def noted(name: str, session_id: str) -> str:
    """Use the id in the response to this request and the name in its log lines."""
    log_context.bind(session_id=name)
    known_ids()[name] = session_id
    return name


def opened(db: Session, session_id: str) -> str | None:
    """Return the name of the session with this id, or None."""
    row = _opened(partial(db.get, UserSession), session_id)
    return None if row is None else row.id


def _opened(find: Callable[[str], _Found | None], session_id: str) -> _Found | None:
    row = find(names.name_of(session_id))
    if row is None and names.is_earlier_id(session_id):
        return find(session_id)
    return row


def _read(name: str) -> Row[Any] | None:
    """Read what every request with a session id needs of the session."""
    return read_one(_SESSION, name=name)


def name(db: Session, given: str) -> str:
    """Return the session's name for a trusted program, which may pass an id or a name."""
    return opened(db, given) or given


def known_ids() -> dict[str, str]:
    """Return the ids that this request has presented, by session name."""
    if not has_request_context():
        return {}
    ids: dict[str, str] = g.setdefault("session_ids", {})
    return ids


def spoken(text: str) -> str:
    """Replace session names in a text by the caller's ids."""
    return speaker()(text)


def speaker() -> Callable[[str], str]:
    """Return the same replacement as a function that works after the request, for streams."""
    ids = dict(known_ids())

    def speak(text: str) -> str:
        for known, session_id in ids.items():
            text = text.replace(known, session_id)
        return text

    return speak


def derived(services: Services, scope: str, key: str, nonce: str) -> str:
    """Derive the id of a session that a request with an `Idempotency-Key` opens.

    The id is not stored. A repeated request derives it again from its key, the nonce of the stored
    row and `SECRET_KEY`.
    """
    message = "\n".join(("session", scope, key, nonce)).encode()
    return hmac.new(services.secret_key, message, hashlib.sha256).hexdigest()[:32]
