"""Principals: on whose behalf a request acts, and what it may do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import bindparam, select, update

from web.accounts import access_tokens, identities, issuer_tokens, verification, ways_in
from web.accounts.access_tokens import Claims
from web.accounts.errors import PasswordSignInRequired
from web.accounts.issuer_tokens import IssuedToken, Issuer
from web.accounts.models import (
    PLANS,
    ROLES,
    Login,
    PlanName,
    Role,
    User,
    UserIdentity,
    owner_of,
)
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import read_one, reading, writing
from web.errors import AccountSuspended, TokenInvalid
from web.services import Services

Kind = Literal["anonymous", "visitor", "user", "api_key", "operator"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller of a request."""

    kind: Kind = "anonymous"
    owner: str | None = None
    """The key of the owner, like `user:usr_...`, to which limits and owned things belong; None for
    callers that own nothing by themselves."""
    user_id: str | None = None
    """The account, also where one of its API keys was used."""
    org_id: str | None = None
    role: Role = "user"
    plan: PlanName = PLANS[0]
    """Of the account."""
    scopes: frozenset[str] | None = None
    """What an API key may do; None means everything that its owner may."""
    verified: bool = True
    """Whether a user's mail address is verified; users with `False` have fewer rights."""
    login_id: str | None = None
    """The login that an access token belongs to."""
    issued_token: IssuedToken | None = None
    """Another issuer's token."""
    key_id: str | None = None
    """The API key of a user; None for the keys of the setting `API_KEYS`."""

    @property
    def is_authenticated(self) -> bool:
        """Return whether this is an account, a key or an operator."""
        return self.kind in ("user", "api_key", "operator")

    def has_role(self, role: Role) -> bool:
        """Return whether this principal has at least this role; the operator token has all."""
        if self.kind == "operator":
            return True
        return self.kind == "user" and ROLES.index(self.role) >= ROLES.index(role)

    def has_scope(self, scope: str) -> bool:
        """Return whether an API key has this scope; other principals have all scopes."""
        return self.scopes is None or scope in self.scopes


ANONYMOUS: Final = Principal()
_USER: Final = (User.role, User.plan, User.org_id, User.verified_at, User.suspended_at)
_USER_OF_LOGIN: Final = (
    select(*_USER, Login.received)
    .join(Login, Login.user_id == User.id)
    .where(
        *(User.id == bindparam("user_id"), Login.id == bindparam("login_id")),
        *(Login.ended_at.is_(None), Login.expires_at > bindparam("moment")),
    )
)
_USER_OF_IDENTITY: Final = (
    select(
        User.id,
        *_USER,
        User.tokens_from,
        ways_in.second_factor_of(User.id).label("has_second_factor"),
    )
    .join(UserIdentity, UserIdentity.user_id == User.id)
    .where(UserIdentity.issuer == bindparam("issuer"), UserIdentity.subject == bindparam("subject"))
)


def of_access_token(services: Services, token: str, actor: Actor | None = None) -> Principal:
    """Return the user of an access token whose login has not ended.

    The database is asked, so that a log-out, a suspension or a new role counts in every process.
    The first token of another issuer's person makes the account, on behalf
    of `actor`; without one it is refused.
    """
    issuer = issuer_tokens.issuer_of(services.settings, token)
    if issuer is not None:
        return _of_issuer(services, issuer, token, actor)
    return _of_login(services, access_tokens.verified(services, token))


def again(services: Services, principal: Principal, token: str) -> Principal:
    """Return what a principal may do now: its login may outlive the access token."""
    if principal.user_id is None or principal.login_id is None:
        return of_access_token(services, token)
    return _of_login(services, Claims(principal.user_id, principal.login_id))


def _of_login(services: Services, claims: Claims) -> Principal:
    row = read_one(_USER_OF_LOGIN, user_id=claims.user_id, login_id=claims.login_id, moment=now())
    if row is None:
        raise TokenInvalid
    if row.suspended_at is not None:
        raise AccountSuspended
    if row.received < claims.generation:
        _note_received(claims)
    return Principal(
        kind="user",
        owner=owner_of(claims.user_id),
        user_id=claims.user_id,
        org_id=row.org_id,
        role=row.role,
        plan=row.plan,
        verified=verification.is_verified(services.settings, row.verified_at),
        login_id=claims.login_id,
    )


def _note_received(claims: Claims) -> None:
    """Note that the answer with this token has arrived, once for each refresh of a login."""
    earlier = Login.id == claims.login_id, Login.received < claims.generation
    with writing() as db:
        db.execute(update(Login).where(*earlier).values(received=claims.generation))


def _of_issuer(services: Services, issuer: Issuer, token: str, actor: Actor | None) -> Principal:
    claims = issuer_tokens.verified(issuer, token)
    found = _of_identity(services, claims)
    if found is None and actor is not None:
        identities.add(services, actor, claims.identity)
        found = _of_identity(services, claims)
    if found is None:
        raise TokenInvalid
    return found


def _of_identity(services: Services, claims: issuer_tokens.Claims) -> Principal | None:
    identity = claims.identity
    row = read_one(_USER_OF_IDENTITY, issuer=identity.issuer, subject=identity.subject)
    if row is None:
        return None
    if row.suspended_at is not None:
        raise AccountSuspended
    if claims.token.is_from_before(row.tokens_from):
        raise TokenInvalid
    if row.has_second_factor:
        raise PasswordSignInRequired
    return Principal(
        kind="user",
        owner=owner_of(row.id),
        user_id=row.id,
        org_id=row.org_id,
        role=row.role,
        plan=row.plan,
        verified=verification.is_verified(services.settings, row.verified_at),
        issued_token=claims.token,
    )


def is_token_over(user_id: str, token: IssuedToken) -> bool:
    """Return whether another issuer's token has expired, or its user does not accept it."""
    if time.time() >= token.ends_at:
        return True
    with reading() as db:
        user = db.get(User, user_id)
        mine = db.scalars(select(UserIdentity).where(UserIdentity.user_id == user_id))
        is_connected = any(one.id == token.identity_id for one in mine)
    if user is None or user.suspended_at is not None or not is_connected:
        return True
    return token.is_from_before(user.tokens_from)


def is_login_over(user_id: str, login_id: str) -> bool:
    """Return whether a login has ended, or its user was suspended or deleted."""
    standing = (
        select(Login.id)
        .join(User, Login.user_id == User.id)
        .where(
            *(User.id == user_id, User.suspended_at.is_(None), Login.id == login_id),
            *(Login.ended_at.is_(None), Login.expires_at > now()),
        )
    )
    with reading() as db:
        return db.scalar(standing) is None
