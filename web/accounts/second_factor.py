"""The second factor of an account: set up, confirmed, removed, and its recovery codes."""

from __future__ import annotations

from typing import Any, Final

import pyotp
from sqlalchemy.orm import Session

from web.accounts import logins, recovery_codes, totp
from web.accounts.errors import SecondFactorInvalid, TotpActive, TotpNotSetUp
from web.accounts.models import TotpFactor, User, owner_of
from web.accounts.notices import notify
from web.audit import log
from web.audit.log import Actor
from web.db.engine import serialise_writers, writing
from web.services import Services

_ISSUER: Final = "Callsheet"
_ADDED: Final = (
    "An authenticator app was added to your account. All other devices were signed out.\n\n"
    "If it was not you, choose a new password and ask the operator of the server to remove the app."
)
_REMOVED: Final = (
    "The authenticator app was removed from your account: the password alone signs in again.\n\n"
    "If it was not you, choose a new password."
)


def report(db: Session, user_id: str) -> dict[str, Any]:
    """Describe the second factor of an account to its owner."""
    factor = totp.active(db, user_id)
    return {
        "active": factor is not None,
        "since": None if factor is None else factor.confirmed_at,
        "recovery_codes_left": recovery_codes.left(db, user_id),
    }


def begin(services: Services, actor: Actor, user_id: str) -> dict[str, str]:
    """Return a new secret for an authenticator app; earlier unconfirmed ones end."""
    with writing() as db:
        serialise_writers(db)
        if totp.active(db, user_id) is not None:
            raise TotpActive
        secret = totp.begin(services, db, user_id)
        log.record(db, actor, "totp.begun", owner_of(user_id))
        email = db.get_one(User, user_id).email
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)
    return {"secret": secret, "uri": uri}


def confirm(
    services: Services, actor: Actor, user_id: str, login_id: str | None, code: str
) -> list[str]:
    """Activate the factor and return its recovery codes; all other logins end."""
    with writing() as db:
        serialise_writers(db)
        factor = db.get(TotpFactor, user_id)
        if factor is None:
            raise TotpNotSetUp
        if factor.confirmed_at is not None:
            raise TotpActive
        if not totp.confirm(services, db, factor, code):
            raise SecondFactorInvalid
        logins.end_all(db, user_id, but=login_id)
        log.record(db, actor, "totp.activated", owner_of(user_id))
        notify(db, services, user_id, "An authenticator app was added", _ADDED)
        return recovery_codes.renew(db, user_id)


def remove(services: Services, actor: Actor, user_id: str, code: str) -> None:
    """Remove the factor of a user who has shown the password, with a code."""
    with writing() as db:
        serialise_writers(db)
        _require_code(services, db, user_id, code)
        totp.forget(db, user_id)
        log.record(db, actor, "totp.removed", owner_of(user_id))
        notify(db, services, user_id, "The authenticator app was removed", _REMOVED)


def renew_recovery_codes(services: Services, actor: Actor, user_id: str, code: str) -> list[str]:
    """Replace the recovery codes of a user who has shown the password, with a code."""
    with writing() as db:
        serialise_writers(db)
        _require_code(services, db, user_id, code)
        log.record(db, actor, "totp.recovery_codes", owner_of(user_id))
        return recovery_codes.renew(db, user_id)


def _require_code(services: Services, db: Session, user_id: str, code: str) -> None:
    factor = totp.active(db, user_id)
    if factor is None:
        raise TotpNotSetUp
    if not totp.accept(services, db, factor, code):
        raise SecondFactorInvalid
