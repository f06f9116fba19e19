"""Log users in and out, and rotate their refresh tokens.

A refresh token is used once. Using it again ends its login, because one of the two users stole it.
Two requests that use it at the same time are no theft: one of them wins, the other is refused.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from web.accounts import access_tokens, passwords, registration
from web.accounts.access_tokens import Claims
from web.accounts.models import Login, RefreshToken, User
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import AccountSuspended, LoginFailed, RefreshConflict, RefreshTokenInvalid
from web.services import Services

LIFETIME: Final = timedelta(days=30)
SAME_TIME: Final = timedelta(seconds=10)
"""Within this time, the same token may arrive from two tabs of one browser."""
_DEVICE_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a login, for its owner only."""

    user: User
    login_id: str
    access: str
    refresh: str


def log_in(services: Services, email: str, password: str, device: str = "") -> Tokens:
    """Log a user in by mail address and password; raises `LoginFailed`."""
    kind = services.settings.password_hash
    with reading() as db:
        user = registration.find(db, email)
    right, better = passwords.matches(kind, password, user.password_hash if user else None)
    if user is None or not right:
        raise LoginFailed
    with writing() as db:
        if better is not None:
            db.get_one(User, user.id).password_hash = better
        return open_login(services, db, user.id, device)


def open_login(services: Services, db: Session, user_id: str, device: str = "") -> Tokens:
    """Open a login of an authenticated user."""
    user = db.get(User, user_id)
    if user is None:
        raise LoginFailed
    if user.suspended_at is not None:
        raise AccountSuspended
    expires_at = now() + LIFETIME
    login = Login(user_id=user_id, device=device[:_DEVICE_CHARACTERS], expires_at=expires_at)
    db.add(login)
    db.flush()
    return _tokens(services, db, user, login)


def refresh(services: Services, token: str) -> Tokens:
    """Exchange a refresh token for new tokens."""
    with writing() as db:
        found = _use(db, token)
        if isinstance(found, Login):
            user = db.get_one(User, found.user_id)
            if user.suspended_at is not None:
                raise AccountSuspended
            found.seen_at, found.expires_at = now(), now() + LIFETIME
            return _tokens(services, db, user, found)
    raise found


def _use(db: Session, token: str) -> Login | RefreshTokenInvalid | RefreshConflict:
    """Use a token up and return its login, or why it is refused."""
    moment, digest = now(), digest_of(token)
    used = update(RefreshToken).where(
        RefreshToken.digest == digest,
        RefreshToken.used_at.is_(None),
        RefreshToken.expires_at > moment,
    )
    won = cast(CursorResult[Any], db.execute(used.values(used_at=moment))).rowcount == 1
    kept = db.get(RefreshToken, digest)
    login = db.get(Login, kept.login_id) if kept is not None else None
    if kept is None or login is None or login.ended_at is not None:
        return RefreshTokenInvalid()
    if won:
        return login
    if kept.used_at is not None and kept.used_at > moment - SAME_TIME:
        return RefreshConflict()
    if kept.used_at is not None:
        end(login)
    return RefreshTokenInvalid()


def log_out(token: str) -> None:
    """End the login of a refresh token; an unknown token is no error."""
    with writing() as db:
        kept = db.get(RefreshToken, digest_of(token))
        if kept is not None:
            end(db.get_one(Login, kept.login_id))


def end_by_id(login_id: str) -> None:
    """End a login."""
    with writing() as db:
        login = db.get(Login, login_id)
        if login is not None:
            end(login)


def end(login: Login) -> None:
    """End a login and with it all its tokens."""
    login.ended_at = login.ended_at or now()


def digest_of(token: str) -> str:
    """Hash a random token; a fast hash is safe, because 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_token() -> str:
    """Create a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def _tokens(services: Services, db: Session, user: User, login: Login) -> Tokens:
    token = new_token()
    db.add(RefreshToken(digest=digest_of(token), login_id=login.id, expires_at=login.expires_at))
    access = access_tokens.issue(services, Claims(user.id, login.id))
    return Tokens(user, login.id, access, token)
