"""What administrators do with accounts: list them, change roles and plans, suspend them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select
from sqlalchemy.orm import Session

from web.accounts import logins, plans, recovery_codes, totp, ways_in
from web.accounts.errors import OwnAccount, TotpNotSetUp, UserNotFound
from web.accounts.factor_notices import tell
from web.accounts.models import Passkey, PlanName, Role, User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import writing
from web.db.pages import Page, newest_first
from web.services import Services

_LAST: Final = "\x7f"
"""Sorts after every character of an address, which is ASCII."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which users are listed, and which page of them."""

    q: str | None = None
    """The beginning of the address."""
    role: Role | None = None
    plan: PlanName | None = None
    suspended: bool | None = None
    cursor: str | None = None
    limit: int = 50


def users(db: Session, search: Search) -> Page[User]:
    """List users, newest first."""
    query = select(User)
    if search.q:
        query = query.where(_begins(db, search.q.lower()))
    if search.role is not None:
        query = query.where(User.role == search.role)
    if search.plan is not None:
        query = query.where(User.plan == search.plan)
    if search.suspended is not None:
        is_suspended = User.suspended_at.is_not(None)
        query = query.where(is_suspended if search.suspended else ~is_suspended)
    return newest_first(db, query, User, cursor=search.cursor, limit=search.limit)


def _begins(db: Session, beginning: str) -> ColumnElement[bool]:
    """Build the condition that an address starts with a text; both databases use an index."""
    # In PostgreSQL, other operators compare as the language of the database does.
    bytewise = ("~>=~", "~<~") if db.get_bind().dialect.name == "postgresql" else (">=", "<")
    at_least, less = (User.email.bool_op(one) for one in bytewise)
    return at_least(beginning) & less(f"{beginning}{_LAST}")


def find(db: Session, user_id: str) -> User:
    """Find a user; raises `UserNotFound`."""
    user = db.get(User, user_id)
    if user is None:
        raise UserNotFound
    return user


def change(
    actor: Actor, user_id: str, *, role: Role | None = None, plan: PlanName | None = None
) -> User:
    """Give a user another role or plan, effective from the next request."""
    with writing() as db:
        user = find(db, user_id)
        if role is not None:
            _require_other(actor, user)
        if role is not None and user.role != role:
            log.record(db, actor, "user.role", owner_of(user_id), before=user.role, after=role)
            user.role = role
        if plan is not None:
            plans.set_plan(db, actor, user_id, plan)
        return user


def suspend(db: Session, actor: Actor, user_id: str) -> None:
    """Suspend a user and end all tokens, in the caller's transaction."""
    user = find(db, user_id)
    _require_other(actor, user)
    if user.suspended_at is None:
        user.suspended_at = now()
        logins.end_all(db, user_id)
        log.record(db, actor, "user.suspended", owner_of(user_id))


def reinstate(actor: Actor, user_id: str) -> User:
    """End the suspension of a user, who has to log in again."""
    with writing() as db:
        user = find(db, user_id)
        if user.suspended_at is not None:
            user.suspended_at, user.tokens_from = None, now()
            log.record(db, actor, "user.reinstated", owner_of(user_id))
        return user


def remove_second_factor(services: Services, actor: Actor, user_id: str) -> None:
    """Remove the second factor of a user who has lost it; the password alone signs in again.

    That is the authenticator app, all passkeys and the recovery codes.
    """
    with writing() as db:
        user = find(db, user_id)
        _require_other(actor, user)
        if not ways_in.has_second_factor(db, user_id):
            raise TotpNotSetUp
        has_app = totp.active(db, user_id) is not None
        totp.forget(db, user_id)
        recovery_codes.forget(db, user_id)
        mine = delete(Passkey).where(Passkey.user_id == user_id)
        has_passkeys = cast(CursorResult[Any], db.execute(mine)).rowcount > 0
        for action, happened in (("totp.removed", has_app), ("passkeys.removed", has_passkeys)):
            if happened:
                log.record(db, actor, action, owner_of(user_id))
        tell(db, services, user_id, "factor_removed")


def _require_other(actor: Actor, user: User) -> None:
    """Refuse what would lock an administrator out, or let a stolen login drop a factor."""
    if actor.name == owner_of(user.id):
        raise OwnAccount
