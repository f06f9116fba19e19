"""The ways to sign in to an account, of which the last one cannot be removed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.accounts.errors import LastWayIn
from web.accounts.models import Passkey, TotpFactor, User, UserIdentity


def has_second_factor(db: Session, user_id: str) -> bool:
    """Return whether a password alone does not sign this user in."""
    return bool(db.scalar(select(second_factor_of(user_id))))


def second_factor_of(user_id: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that a user, or the user of a column, has a second factor."""
    app = exists().where(TotpFactor.user_id == user_id, TotpFactor.confirmed_at.is_not(None))
    return app | exists().where(Passkey.user_id == user_id)


def require_another(
    db: Session,
    user_id: str,
    *,
    without_passkey: str = "",
    without_identity: tuple[str, str] | None = None,
) -> None:
    """Raise `LastWayIn` if no way to sign in is left without these."""
    if db.get_one(User, user_id).password_hash is not None:
        return
    left = Passkey.user_id == user_id, Passkey.id != without_passkey
    mine = select(Passkey.suspected_at).where(*left)
    passkeys = list(db.scalars(mine))
    if any(suspected_at is None for suspected_at in passkeys):
        return
    # A provider's sign-in needs a second factor that still works.
    works = not passkeys or _has_app(db, user_id)
    identities = db.scalars(select(UserIdentity).where(UserIdentity.user_id == user_id))
    others = [one for one in identities if (one.issuer, one.subject) != without_identity]
    if not others or not works:
        raise LastWayIn


def _has_app(db: Session, user_id: str) -> bool:
    app = TotpFactor.user_id == user_id, TotpFactor.confirmed_at.is_not(None)
    return bool(db.scalar(select(exists().where(*app))))
