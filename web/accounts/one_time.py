"""Tokens that are sent by mail, or belong to a sign-in that waits, and can be used once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from web.accounts.errors import AccountLinkInvalid
from web.accounts.models import OneTimeToken, Purpose, User
from web.accounts.tokens import digest_of, new_token
from web.db.columns import now

LIFETIMES: Final[dict[Purpose, timedelta]] = {
    "verify": timedelta(hours=24),
    "reset": timedelta(minutes=30),
    "second-factor": timedelta(minutes=5),
}


def issue(db: Session, user: User, purpose: Purpose, email: str) -> str:
    """Create a token; earlier ones for the same purpose end."""
    mine = OneTimeToken.user_id == user.id, OneTimeToken.purpose == purpose
    db.execute(delete(OneTimeToken).where(*mine))
    token = new_token()
    db.add(
        OneTimeToken(
            digest=digest_of(token),
            user_id=user.id,
            purpose=purpose,
            email=email,
            expires_at=now() + LIFETIMES[purpose],
        )
    )
    return token


def require_usable(db: Session, token: str, purpose: Purpose) -> OneTimeToken:
    """Return a token, before costly work; refuse one that is unknown, used or expired."""
    found = db.get(OneTimeToken, digest_of(token))
    usable = found is not None and found.purpose == purpose and found.used_at is None
    if found is None or not usable or found.expires_at <= now():
        raise AccountLinkInvalid
    return found


def use(db: Session, token: str, purpose: Purpose) -> OneTimeToken:
    """Use a token up; of two requests with the same token, one gets it."""
    moment, digest = now(), digest_of(token)
    usable = update(OneTimeToken).where(
        OneTimeToken.digest == digest,
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > moment,
    )
    used = cast(CursorResult[Any], db.execute(usable.values(used_at=moment)))
    if used.rowcount != 1:
        raise AccountLinkInvalid
    return db.get_one(OneTimeToken, digest)
