"""Identities at other providers, and the users that they belong to.

An identity is joined to an account only over a mail address that both have verified: a person who
registers with another person's address must not get that person's sign-in.

An account with a second factor asks for it (`web.accounts.pending_sign_ins`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from web.accounts import invitations, logins, one_time, registration, ways_in
from web.accounts.errors import (
    AccountUnverified,
    IdentityEmailUnverified,
    RegistrationClosed,
)
from web.accounts.logins import Tokens
from web.accounts.models import Invitation, User, UserIdentity, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import reading, serialise_writers, writing
from web.errors import AccountSuspended
from web.notifications import outbox
from web.services import Services


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at a provider."""

    issuer: str
    subject: str
    email: str | None
    """Normalised."""
    is_verified: bool = True
    """Whether the provider has verified the address."""


@dataclass(frozen=True, slots=True)
class NeedsFactor:
    """A sign-in that waits for the second factor of the account."""

    token: str = field(repr=False)
    """What finishes it, once and within five minutes."""


def log_in(
    services: Services,
    actor: Actor,
    identity: Identity,
    device: str,
    invitation: str | None = None,
) -> Tokens | NeedsFactor:
    """Log in the user of an identity; a new one gets an account."""
    if not identity.is_verified:
        raise IdentityEmailUnverified
    with writing() as db:
        serialise_writers(db)
        known = _known(services, db, identity)
        if known is not None and ways_in.has_second_factor(db, known.id):
            if known.suspended_at is not None:
                raise AccountSuspended
            return NeedsFactor(one_time.issue(db, known, "second-factor", known.email))
        user_id = connect(services, db, actor, identity, invitation)
        return logins.open_login(services, db, actor, user_id, device)


def connect(
    services: Services,
    db: Session,
    actor: Actor,
    identity: Identity,
    invitation: str | None = None,
) -> str:
    """Return the user of an identity, which is connected to an account or gets a new one."""
    known = db.get(UserIdentity, (identity.issuer, identity.subject))
    if known is not None:
        return known.user_id
    return _join(services, db, actor, identity, invitation).id


def _known(services: Services, db: Session, identity: Identity) -> User | None:
    """Return the account that an identity has or may join; None if it has to get a new one."""
    known = db.get(UserIdentity, (identity.issuer, identity.subject))
    if known is not None:
        return db.get_one(User, known.user_id)
    if identity.email is None or registration.find(db, identity.email) is None:
        return None
    return _require_joinable(services, db, identity, None)


def add(services: Services, actor: Actor, identity: Identity) -> None:
    """Give a new identity its account, unless another request has just done so.

    An address that the provider has not verified only makes a new account, in which it
    is not verified either.
    """
    with reading() as db:  # a token that is refused, again and again, takes no lock
        _require_joinable(services, db, identity, None)
    with writing() as db:
        serialise_writers(db)
        if db.get(UserIdentity, (identity.issuer, identity.subject)) is None:
            _join(services, db, actor, identity, None)


def _join(
    services: Services, db: Session, actor: Actor, identity: Identity, invitation: str | None
) -> User:
    user = _require_joinable(services, db, identity, invitation)
    if user is None:
        user = _create(services, db, actor, identity, invitation)
    db.add(UserIdentity(issuer=identity.issuer, subject=identity.subject, user_id=user.id))
    me = replace(actor, name=owner_of(user.id))
    log.record(db, me, "identity.added", owner_of(user.id), issuer=identity.issuer)
    return user


def _require_joinable(
    services: Services, db: Session, identity: Identity, invitation: str | None
) -> User | None:
    """Return the account that an identity may join, or None if it may get a new one."""
    if identity.email is None:
        raise IdentityEmailUnverified
    user = registration.find(db, identity.email)
    if user is None:
        _require_open(services, db, identity, invitation)
        return None
    if not identity.is_verified:
        raise IdentityEmailUnverified
    if user.verified_at is None:
        raise AccountUnverified
    return user


def _require_open(
    services: Services, db: Session, identity: Identity, invitation: str | None
) -> None:
    mode = services.settings.accounts.registration
    if mode == "closed":
        raise RegistrationClosed
    if invitation is not None:
        invitations.require_usable(db, invitation, str(identity.email))
    elif mode == "invite" and _addressed(db, identity) is None:
        raise RegistrationClosed


def _create(
    services: Services, db: Session, actor: Actor, identity: Identity, invitation: str | None
) -> User:
    user = registration.create(db, str(identity.email))
    user.verified_at = now() if identity.is_verified else None
    if not identity.is_verified and services.settings.notifications.smtp_url:
        outbox.request(db, "registered", user.email, {})
    log.record(db, actor, "user.registered", owner_of(user.id))
    if invitation is not None:
        user.role = invitations.use(db, invitation, user.id).role
    elif (addressed := _addressed(db, identity)) is not None:
        user.role = invitations.use_up(db, addressed.digest, user.id).role
    return user


def _addressed(db: Session, identity: Identity) -> Invitation | None:
    """Return the invitation of a verified address, whose owner needs no link to prove it."""
    if identity.email is None or not identity.is_verified:
        return None
    return invitations.of_address(db, identity.email)
