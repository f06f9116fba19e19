"""The session ids that a request carries, and what they open.

The only place where an id becomes a name: REST, forms, tus, WebSocket, Socket.IO and the
Python interface all ask here. Ids that were presented are remembered for the length of the
request, so that its answer speaks of the session by the id that its caller knows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from flask import g, has_request_context, request
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.errors import SessionNotFoundError
from web.db.engine import reading
from web.http.operators import is_operator
from web.services import Services
from web.sessions import names
from web.sessions.models import UserSession

HEADER: Final = "X-Session-ID"


def in_header() -> str | None:
    """What `X-Session-ID` says, or else `Authorization: Bearer`; it may be anything."""
    given = request.headers.get(HEADER, "").strip()
    if not given:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" and not is_operator() else ""
    return given or None


def session(session_id: str, token: object = None) -> str:
    """The name of the session that this id opens; raises `SessionNotFoundError`.

    An operator, by a header or by the `token` of a message, may give the name itself.
    """
    with reading() as db:
        found = opened(db, session_id)
        exists = db.get(UserSession, session_id) is not None
        if found is None and exists and is_operator(token):
            found = session_id
    if found is None:
        raise SessionNotFoundError
    return noted(found, session_id)


def noted(name: str, session_id: str) -> str:
    """Answer this request with the id, and log it under the name."""
    log_context.bind(session_id=name)
    known_ids()[name] = session_id
    return name


def opened(db: Session, session_id: str) -> str | None:
    """The name of the session that an id opens, if it opens one."""
    name = names.name_of(session_id)
    if db.get(UserSession, name) is not None:
        return name
    if names.is_earlier_id(session_id) and db.get(UserSession, session_id) is not None:
        return session_id
    return None


def name(db: Session, given: str) -> str:
    """For programs of ours, which may say an id or a name: the name."""
    return opened(db, given) or given


def known_ids() -> dict[str, str]:
    """By name, the ids that the caller of this request has shown that it knows."""
    if not has_request_context():
        return {}
    ids: dict[str, str] = g.setdefault("session_ids", {})
    return ids


def spoken(text: str) -> str:
    """A text of ours with the caller's ids for our names."""
    return speaker()(text)


def speaker() -> Callable[[str], str]:
    """The same for what goes on after this request: a stream."""
    ids = dict(known_ids())

    def speak(text: str) -> str:
        for known, session_id in ids.items():
            text = text.replace(known, session_id)
        return text

    return speak


def derived(held: Services, scope: str, key: str, nonce: str) -> str:
    """The id of a session that a request with an `Idempotency-Key` opens.

    It is kept nowhere; a repetition of the request finds it again by what only we know
    together: its key, the row's nonce and `SECRET_KEY`.
    """
    said = "\n".join(("session", scope, key, nonce)).encode()
    return hmac.new(held.secret_key, said, hashlib.sha256).hexdigest()[:32]
