"""Log users in and out, and rotate their refresh tokens.

A refresh token is used once. Using it again ends its login, because one of the two users stole it,
unless the answer to the first use was lost on the way. That can be so as long as no access token of
the answer was presented: the same device then gets the same successor again. The successor is
derived from the token that it replaces, so it need not be stored.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from tasks.domain.errors import RequestError
from web.accounts import (
    access_tokens,
    codes,
    passkey_sign_in,
    passwords,
    registration,
    ways_in,
)
from web.accounts.access_tokens import Claims
from web.accounts.errors import (
    FreshSignInRequired,
    LoginNotFound,
    RefreshConflict,
    RefreshTokenInvalid,
    SecondFactorNeeded,
)
from web.accounts.models import Login, OneTimeToken, RefreshToken, User, owner_of
from web.accounts.passkey_sign_in import Presented
from web.accounts.tokens import digest_of, new_token
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import AccountSuspended, LoginFailed
from web.services import Services

LIFETIME: Final = timedelta(days=30)
SAME_TIME: Final = timedelta(seconds=10)
"""Within this time, the same token may arrive from two tabs of one browser."""
LOST: Final = timedelta(minutes=5)
"""Within this time, an answer that was lost is given again."""
FRESH: Final = timedelta(minutes=10)
_DEVICE_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a login, for its owner only."""

    user: User
    login_id: str
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Factor:
    """What a person shows as second factor."""

    code: str | None = field(default=None, repr=False)
    """Of the authenticator app, or a recovery code."""
    passkey: Mapping[str, Any] | None = field(default=None, repr=False)
    """What a passkey has signed, in place of a code."""
    browser: str = field(default="", repr=False)
    """The browser that the challenge of a passkey is bound to."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person shows to log in."""

    email: str
    password: str = field(repr=False)
    factor: Factor = Factor()


def log_in(services: Services, actor: Actor, shown: Shown, device: str = "") -> Tokens:
    """Log a user in; raises `LoginFailed`, or what is wrong with the second factor."""
    kind = services.settings.accounts.password_hash
    with reading() as db:
        user = registration.find(db, shown.email)
    right, better = passwords.matches(kind, shown.password, user.password_hash if user else None)
    with writing() as db:
        if user is not None and right:
            if better is not None:
                db.get_one(User, user.id).password_hash = better
            refusal = refused_factor(services, db, actor, user.id, shown.factor)
            if refusal is None:
                return open_login(services, db, actor, user.id, device)
        else:
            refusal = LoginFailed()
        # An unknown account takes the time of one entry, too.
        target = "" if user is None else owner_of(user.id)
        log.record(db, actor, "login.failed", target, reason=refusal.code)
    raise refusal


def refused_factor(
    services: Services, db: Session, actor: Actor, user_id: str, shown: Factor
) -> RequestError | None:
    """Use up what is shown if the user has a second factor; return why it is refused."""
    if not ways_in.has_second_factor(db, user_id):
        return None
    if shown.passkey is not None:
        presented = Presented(shown.passkey, shown.browser)
        found = passkey_sign_in.accept(services, db, actor, presented, user_id)
        return found if isinstance(found, RequestError) else None
    if shown.code is not None:
        return codes.accept(services, db, actor, user_id, shown.code)
    options = passkey_sign_in.second_factor_options(services, db, user_id, shown.browser)
    details: dict[str, Any] = {} if options is None else {"passkey_options": options}
    return SecondFactorNeeded(None, **details)


def log_in_with_passkey(
    services: Services, actor: Actor, presented: Presented, device: str = ""
) -> Tokens:
    """Log in the user of a passkey, which replaces the password and the second factor."""
    with writing() as db:
        found = passkey_sign_in.accept(services, db, actor, presented)
        if not isinstance(found, RequestError):
            return open_login(services, db, actor, found.user_id, device, passkey_id=found.id)
        log.record(db, actor, "login.failed", reason=found.code)
    raise found


def require_fresh(login_id: str | None) -> None:
    """Require a login of the last minutes, where there is no password to ask for.

    Another issuer's token does not count: it may be renewed without the person.
    """
    with reading() as db:
        login = db.get(Login, login_id) if login_id is not None else None
    if login is None or login.created_at < now() - FRESH:
        raise FreshSignInRequired


def open_login(
    services: Services,
    db: Session,
    actor: Actor,
    user_id: str,
    device: str = "",
    **details: str,
) -> Tokens:
    """Open a login of an authenticated user; the audit log gets the details."""
    user = db.get(User, user_id)
    if user is None:
        raise LoginFailed
    if user.suspended_at is not None:
        raise AccountSuspended
    expires_at = now() + LIFETIME
    login = Login(user_id=user_id, device=device[:_DEVICE_CHARACTERS], expires_at=expires_at)
    db.add(login)
    db.flush()
    me = replace(actor, name=owner_of(user_id))
    log.record(db, me, "login.opened", owner_of(user_id), login_id=login.id, **details)
    return _tokens(services, db, user, login, new_token())


def refresh(services: Services, actor: Actor, token: str, device: str = "") -> Tokens:
    """Exchange a refresh token for new tokens."""
    successor = _successor(services, token)
    with writing() as db:
        found = _use(db, actor, token, successor, device[:_DEVICE_CHARACTERS])
        if isinstance(found, Login):
            user = db.get_one(User, found.user_id)
            if user.suspended_at is not None:
                raise AccountSuspended
            return _tokens(services, db, user, found, successor)
    raise found


def _use(
    db: Session, actor: Actor, token: str, successor: str, device: str
) -> Login | RefreshTokenInvalid | RefreshConflict:
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
        login.seen_at, login.expires_at = moment, moment + LIFETIME
        login.generation += 1
        return login
    if kept.used_at is not None and kept.used_at > moment - LOST:
        following = db.get(RefreshToken, digest_of(successor))
        is_newest = following is not None and following.used_at is None
        if is_newest and login.received < login.generation and login.device == device:
            log.record(
                db, actor, "login.token_reissued", owner_of(login.user_id), login_id=login.id
            )
            return login
    if kept.used_at is not None and kept.used_at > moment - SAME_TIME:
        return RefreshConflict()
    if kept.used_at is not None:
        _end(db, actor, login, "login.token_reused")
    return RefreshTokenInvalid()


def _successor(services: Services, token: str) -> str:
    """Derive the token that replaces another one; only this server can."""
    key = hmac.new(services.secret_key, b"refresh-successors", hashlib.sha256).digest()
    derived = hmac.new(key, token.encode(errors="replace"), hashlib.sha256).digest()
    return urlsafe_b64encode(derived).rstrip(b"=").decode()


def log_out(actor: Actor, token: str) -> None:
    """End the login of a refresh token; an unknown token is no error."""
    with writing() as db:
        kept = db.get(RefreshToken, digest_of(token))
        if kept is not None:
            login = db.get_one(Login, kept.login_id)
            _end(db, replace(actor, name=owner_of(login.user_id)), login)


def current(user_id: str) -> list[Login]:
    """List the logins of a user that have not ended, newest first."""
    mine = select(Login).where(
        Login.user_id == user_id, Login.ended_at.is_(None), Login.expires_at > now()
    )
    with reading() as db:
        return list(db.scalars(mine.order_by(Login.created_at.desc())))


def end_one(actor: Actor, user_id: str, login_id: str) -> None:
    """End a login of a user; raises `LoginNotFound`."""
    with writing() as db:
        login = db.get(Login, login_id)
        if login is None or login.user_id != user_id:
            raise LoginNotFound
        _end(db, actor, login)


def end_all(db: Session, user_id: str, *, but: str | None = None) -> None:
    """End all logins of a user and with them all tokens, except one login."""
    open_ones = Login.user_id == user_id, Login.ended_at.is_(None), Login.id != (but or "")
    db.execute(update(Login).where(*open_ones).values(ended_at=now()))


def forget_expired() -> None:
    """Delete logins and tokens that ended a month ago; until then a reuse is noticed."""
    before = now() - LIFETIME
    with writing() as db:
        db.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))
        db.execute(delete(Login).where(or_(Login.expires_at < before, Login.ended_at < before)))
        db.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < before))


def _end(db: Session, actor: Actor, login: Login, action: str = "login.ended") -> None:
    if login.ended_at is None:
        login.ended_at = now()
        log.record(db, actor, action, owner_of(login.user_id), login_id=login.id)


def _tokens(services: Services, db: Session, user: User, login: Login, token: str) -> Tokens:
    if db.get(RefreshToken, digest_of(token)) is None:
        kept = {"digest": digest_of(token), "expires_at": login.expires_at}
        db.add(RefreshToken(login_id=login.id, **kept))
    access = access_tokens.issue(services, Claims(user.id, login.id, login.generation))
    return Tokens(user, login.id, access, token)
