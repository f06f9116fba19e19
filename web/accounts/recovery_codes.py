"""Recovery codes: each replaces one code of a lost authenticator app.

They have 120 random bits, so a fast hash is safe.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from web.accounts.models import RecoveryCode
from web.accounts.tokens import digest_of
from web.db.columns import now

COUNT: Final = 10
_BYTES: Final = 15
_GROUP: Final = 6


def renew(db: Session, user_id: str) -> list[str]:
    """Create a new set of codes and return it; the earlier ones end."""
    forget(db, user_id)
    codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower() for _ in range(COUNT)]
    db.add_all(RecoveryCode(digest=digest_of(code), user_id=user_id) for code in codes)
    return [_readable(code) for code in codes]


def use(db: Session, user_id: str, code: str) -> bool:
    """Use a code up, written without hyphens; of two requests with the same code, one gets it."""
    usable = update(RecoveryCode).where(
        RecoveryCode.digest == digest_of(code.lower()),
        RecoveryCode.user_id == user_id,
        RecoveryCode.used_at.is_(None),
    )
    return cast(CursorResult[Any], db.execute(usable.values(used_at=now()))).rowcount == 1


def left(db: Session, user_id: str) -> int:
    """Count the codes that were not used."""
    unused = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    return db.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def forget(db: Session, user_id: str) -> None:
    """Delete all codes of a user."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _readable(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
