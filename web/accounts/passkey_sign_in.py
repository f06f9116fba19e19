"""Sign in with a passkey: alone if it has verified the person, or after the password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import RequestError
from web.accounts import ceremonies, challenges
from web.accounts import relying_parties as parties
from web.accounts.ceremonies import Credential
from web.accounts.challenges import Purpose
from web.accounts.errors import PasskeyRefused, PasskeySuspected
from web.accounts.factor_notices import tell
from web.accounts.models import Passkey, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import serialise_writers
from web.services import Services


@dataclass(frozen=True, slots=True)
class Presented:
    """What a passkey has signed, and the browser that sends it."""

    credential: Credential = field(repr=False)
    browser: str = field(repr=False)


def options(services: Services, browser: str) -> dict[str, Any]:
    """Return the options with which a browser signs in with any passkey that it has."""
    party = parties.require(services.settings)
    return ceremonies.request_options(party, challenges.issue(services, "sign-in", browser))


def second_factor_options(
    services: Services, db: Session, user_id: str, browser: str
) -> dict[str, Any] | None:
    """Return the options for one of the user's passkeys after the password; None without one."""
    party = parties.find(services.settings)
    mine = Passkey.user_id == user_id, Passkey.suspected_at.is_(None)
    known = list(db.scalars(select(Passkey).where(*mine)))
    if party is None or not known:
        return None
    challenge = challenges.issue(services, "second-factor", browser, user_id)
    return ceremonies.request_options(party, challenge, known)


def accept(
    services: Services, db: Session, actor: Actor, presented: Presented, user_id: str = ""
) -> Passkey | RequestError:
    """Check a signature; return its passkey, or why it is refused.

    Without a `user_id`, the passkey alone signs in: it must have verified the person and name the
    user whom it belongs to. The caller commits, also where it is refused.
    """
    try:
        return _accept(services, db, actor, presented, user_id)
    except RequestError as refused:
        return refused


def _accept(
    services: Services, db: Session, actor: Actor, presented: Presented, user_id: str
) -> Passkey:
    party, credential = parties.require(services.settings), presented.credential
    purpose: Purpose = "second-factor" if user_id else "sign-in"
    challenge = ceremonies.challenge_of(credential)
    challenges.use(services, challenge, purpose, presented.browser, user_id)
    serialise_writers(db)
    passkey = db.scalar(select(Passkey).where(Passkey.credential_id == credential["id"]))
    handle = ceremonies.user_handle_of(credential)
    if passkey is None or (user_id or handle) != passkey.user_id:
        raise PasskeyRefused
    if handle is not None and handle != passkey.user_id:
        raise PasskeyRefused
    found = ceremonies.check_assertion(party, credential, challenge, passkey, verified=not user_id)
    _require_original(services, db, actor, passkey, found.sign_count)
    passkey.sign_count, passkey.synced = found.sign_count, found.synced
    passkey.last_used_at = now()
    return passkey


def _require_original(
    services: Services, db: Session, actor: Actor, passkey: Passkey, sign_count: int
) -> None:
    """Refuse a counter that does not rise: the key of the authenticator has been copied.

    Which of the two is the copy cannot be known, so neither is accepted from then on. Passkeys that
    are synced between devices do not count: their counter stays 0.
    """
    if passkey.suspected_at is not None:
        raise PasskeySuspected
    if sign_count > passkey.sign_count or sign_count == passkey.sign_count == 0:
        return
    passkey.suspected_at = now()
    details = {"passkey_id": passkey.id, "before": passkey.sign_count, "after": sign_count}
    log.record(db, actor, "passkey.suspected", owner_of(passkey.user_id), **details)
    tell(db, services, passkey.user_id, "passkey_suspected", passkey.name)
    raise PasskeySuspected
