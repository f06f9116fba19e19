"""The second factor of an account: set up, confirmed, removed, and its recovery codes."""

from __future__ import annotations

from typing import Any, Final

import pyotp
from sqlalchemy.orm import Session

from web.accounts import codes, logins, recovery_codes, totp, ways_in
from web.accounts.errors import SecondFactorInvalid, SecondFactorNeeded, TotpActive, TotpNotSetUp
from web.accounts.factor_notices import tell
from web.accounts.models import TotpFactor, User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.engine import reading, serialise_writers, writing
from web.services import Services

_ISSUER: Final = "Callsheet"


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
        tell(db, services, user_id, "totp_added")
        return recovery_codes.renew(db, user_id)


def remove(services: Services, actor: Actor, user_id: str, code: str) -> None:
    """Remove the authenticator app of a user who has proved to be the owner, with a code.

    The recovery codes end with the last second factor.
    """
    require_code(services, actor, user_id, code)
    with writing() as db:
        serialise_writers(db)
        totp.forget(db, user_id)
        ways_in.require_another(db, user_id)
        if not ways_in.has_second_factor(db, user_id):
            recovery_codes.forget(db, user_id)
        log.record(db, actor, "totp.removed", owner_of(user_id))
        tell(db, services, user_id, "totp_removed")


def renew_recovery_codes(actor: Actor, user_id: str) -> list[str]:
    """Replace the recovery codes of a user who has proved to be the owner of the account."""
    with writing() as db:
        serialise_writers(db)
        if not ways_in.has_second_factor(db, user_id):
            raise TotpNotSetUp
        log.record(db, actor, "totp.recovery_codes", owner_of(user_id))
        return recovery_codes.renew(db, user_id)


def require_code_of_app(services: Services, actor: Actor, user_id: str, code: str | None) -> None:
    """Require a code from a user with an authenticator app, for what would weaken it."""
    with reading() as db:
        if totp.active(db, user_id) is None:
            return
    if code is None:
        raise SecondFactorNeeded
    codes.require(services, actor, user_id, code)


def require_code(services: Services, actor: Actor, user_id: str, code: str) -> None:
    """Require a code of the authenticator app, or a recovery code."""
    with reading() as db:
        if totp.active(db, user_id) is None:
            raise TotpNotSetUp
    codes.require(services, actor, user_id, code)
