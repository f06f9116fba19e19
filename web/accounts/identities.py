"""Identities at other providers, and the users that they belong to.

An identity is joined to an account only over a mail address that both have verified: a person who
registers with another person's address must not get that person's sign-in.

Not every provider says whether it asked for a second factor, so the user of an account that has
one signs in with password and code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from web.accounts import logins, registration, totp
from web.accounts.errors import (
    AccountUnverified,
    IdentityEmailUnverified,
    PasswordSignInRequired,
    RegistrationClosed,
)
from web.accounts.logins import Tokens
from web.accounts.models import User, UserIdentity, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import serialise_writers, writing
from web.services import Services


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at a provider."""

    issuer: str
    subject: str
    email: str | None
    """The address, if the provider has verified it."""


def log_in(services: Services, actor: Actor, identity: Identity, device: str) -> Tokens:
    """Log in the user of an identity; a new one gets an account."""
    with writing() as db:
        serialise_writers(db)
        known = db.get(UserIdentity, (identity.issuer, identity.subject))
        user_id = known.user_id if known is not None else _join(services, db, actor, identity).id
        if totp.active(db, user_id) is not None:
            raise PasswordSignInRequired
        return logins.open_login(services, db, actor, user_id, device)


def _join(services: Services, db: Session, actor: Actor, identity: Identity) -> User:
    if identity.email is None:
        raise IdentityEmailUnverified
    user = registration.find(db, identity.email)
    if user is not None and user.verified_at is None:
        raise AccountUnverified
    if user is None:
        if services.settings.accounts.registration != "open":
            raise RegistrationClosed
        user = registration.create(db, identity.email)
        user.verified_at = now()
        log.record(db, actor, "user.registered", owner_of(user.id))
    db.add(UserIdentity(issuer=identity.issuer, subject=identity.subject, user_id=user.id))
    me = replace(actor, name=owner_of(user.id))
    log.record(db, me, "identity.added", owner_of(user.id), issuer=identity.issuer)
    return user
