"""Codes of authenticator apps (TOTP, RFC 6238), each of which is accepted once.

The last accepted time step is stored. One UPDATE that requires a later step accepts a code, so a
code that was seen or sent twice at the same time does not work a second time.
"""

from __future__ import annotations

import hmac
import logging
import re
import time
from typing import Any, Final, cast

import pyotp
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from web import sealing
from web.accounts import recovery_codes
from web.accounts.models import TotpFactor
from web.db.columns import now
from web.services import Services

STEP_SECONDS: Final = 30
_WINDOW: Final = (0, -1, 1)
"""The steps around the current one that are accepted, for clocks that differ."""
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)
_SEPARATORS: Final = re.compile(r"[\s-]+")
_NEVER: Final = -1

_logger: Final = logging.getLogger(__name__)


def begin(services: Services, db: Session, user_id: str) -> str:
    """Store a new secret that does not count until a code confirms it, and return it."""
    secret = pyotp.random_base32()
    sealed = sealing.seal(services, _name(user_id), secret)
    unconfirmed = TotpFactor.user_id == user_id, TotpFactor.confirmed_at.is_(None)
    db.execute(delete(TotpFactor).where(*unconfirmed))
    db.add(TotpFactor(user_id=user_id, sealed_secret=sealed, last_step=_NEVER))
    return secret


def active(db: Session, user_id: str) -> TotpFactor | None:
    """Return the confirmed factor of a user."""
    factor = db.get(TotpFactor, user_id)
    return factor if factor is not None and factor.confirmed_at is not None else None


def confirm(services: Services, db: Session, factor: TotpFactor, code: str) -> bool:
    """Activate a factor with a code of its app."""
    if not _use_step(services, db, factor, plain(code)):
        return False
    factor.confirmed_at = now()
    return True


def accept(services: Services, db: Session, factor: TotpFactor, code: str) -> bool:
    """Use up a code of the app or a recovery code; return whether it is right."""
    typed = plain(code)
    if _CODE.fullmatch(typed):
        return _use_step(services, db, factor, typed)
    return recovery_codes.use(db, factor.user_id, typed)


def forget(db: Session, user_id: str) -> None:
    """Delete the factor of a user."""
    db.execute(delete(TotpFactor).where(TotpFactor.user_id == user_id))


def _use_step(services: Services, db: Session, factor: TotpFactor, code: str) -> bool:
    secret = sealing.unseal(services, _name(factor.user_id), factor.sealed_secret)
    if secret is None:
        # Happens after `SECRET_KEY` was replaced without `SECRET_KEY_PREVIOUS`.
        _logger.warning("totp secret cannot be opened", extra={"user_id": factor.user_id})
        return False
    current, app = current_step(), pyotp.TOTP(secret)
    for step in (current + offset for offset in _WINDOW):
        if hmac.compare_digest(app.generate_otp(step), code):
            resealed = sealing.seal(services, _name(factor.user_id), secret)
            later = TotpFactor.user_id == factor.user_id, TotpFactor.last_step < step
            used = update(TotpFactor).where(*later)
            used = used.values(last_step=step, sealed_secret=resealed)
            return cast(CursorResult[Any], db.execute(used)).rowcount == 1
    return False


def current_step() -> int:
    """Return the number of the current time step."""
    return int(time.time()) // STEP_SECONDS


def plain(code: str) -> str:
    """Remove spaces and hyphens from a code."""
    return _SEPARATORS.sub("", code)


def _name(user_id: str) -> str:
    return f"totp:{user_id}"
