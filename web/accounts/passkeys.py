"""The passkeys of an account: added, listed, renamed and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.accounts import ceremonies, challenges, logins, recovery_codes, totp, ways_in
from web.accounts import relying_parties as parties
from web.accounts.ceremonies import Credential
from web.accounts.errors import PasskeyKnown, PasskeyNotFound, PasskeysFull
from web.accounts.factor_notices import tell
from web.accounts.models import Passkey, User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.engine import reading, serialise_writers, writing
from web.services import Services

MOST: Final = 20
_NAME_CHARACTERS: Final = 100


@dataclass(frozen=True, slots=True)
class Owner:
    """Who adds a passkey, and in which browser."""

    user_id: str
    browser: str
    login_id: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A new passkey, and the recovery codes if it is the account's first second factor."""

    passkey: Passkey
    recovery_codes: list[str]


def report(passkey: Passkey) -> dict[str, Any]:
    """Describe a passkey to its owner."""
    return {
        "id": passkey.id,
        "name": passkey.name,
        "synced": passkey.synced,
        "created_at": passkey.created_at,
        "last_used_at": passkey.last_used_at,
        "suspected": passkey.suspected_at is not None,
    }


def of_user(db: Session, user_id: str) -> list[Passkey]:
    """List the passkeys of a user, oldest first."""
    mine = select(Passkey).where(Passkey.user_id == user_id)
    return list(db.scalars(mine.order_by(Passkey.created_at, Passkey.id)))


def begin(services: Services, owner: Owner) -> dict[str, Any]:
    """Return the options with which a browser creates a passkey of this user."""
    party = parties.require(services.settings)
    with reading() as db:
        user, known = db.get_one(User, owner.user_id), of_user(db, owner.user_id)
    if len(known) >= MOST:
        raise PasskeysFull
    challenge = challenges.issue(services, "register", owner.browser, owner.user_id)
    return ceremonies.creation_options(party, user, known, challenge)


def add(services: Services, actor: Actor, owner: Owner, name: str, credential: Credential) -> Added:
    """Add the passkey that a browser has created; raises `PasskeyRefused`.

    The first second factor of an account ends all other logins, which were opened without one.
    """
    party, user_id = parties.require(services.settings), owner.user_id
    challenge = ceremonies.challenge_of(credential)
    challenges.use(services, challenge, "register", owner.browser, user_id)
    found = ceremonies.check_registration(party, credential, challenge)
    with writing() as db:
        serialise_writers(db)
        known = of_user(db, user_id)
        if len(known) >= MOST:
            raise PasskeysFull
        taken = Passkey.credential_id == found.credential_id
        if db.scalar(select(Passkey.id).where(taken)) is not None:
            raise PasskeyKnown
        passkey = Passkey(
            user_id=user_id,
            credential_id=found.credential_id,
            public_key=found.public_key,
            sign_count=found.sign_count,
            name=name[:_NAME_CHARACTERS],
            transports=found.transports,
            synced=found.synced,
        )
        db.add(passkey)
        db.flush()
        log.record(db, actor, "passkey.added", owner_of(user_id), passkey_id=passkey.id)
        tell(db, services, user_id, "passkey_added", passkey.name)
        if known or totp.active(db, user_id) is not None:
            return Added(passkey, [])
        logins.end_all(db, user_id, but=owner.login_id)
        return Added(passkey, recovery_codes.renew(db, user_id))


def rename(actor: Actor, user_id: str, passkey_id: str, name: str) -> Passkey:
    """Give a passkey of a user another name."""
    with writing() as db:
        passkey = _find(db, user_id, passkey_id)
        passkey.name = name
        log.record(db, actor, "passkey.renamed", owner_of(user_id), passkey_id=passkey_id)
        return passkey


def remove(services: Services, actor: Actor, user_id: str, passkey_id: str) -> None:
    """Remove a passkey of a user, unless nothing else would sign the user in."""
    with writing() as db:
        serialise_writers(db)
        passkey = _find(db, user_id, passkey_id)
        ways_in.require_another(db, user_id, without_passkey=passkey_id)
        db.delete(passkey)
        db.flush()
        log.record(db, actor, "passkey.removed", owner_of(user_id), passkey_id=passkey_id)
        tell(db, services, user_id, "passkey_removed", passkey.name)
        if totp.active(db, user_id) is None and not of_user(db, user_id):
            recovery_codes.forget(db, user_id)


def _find(db: Session, user_id: str, passkey_id: str) -> Passkey:
    passkey = db.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != user_id:
        raise PasskeyNotFound
    return passkey
