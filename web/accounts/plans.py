"""What users may use: their plan replaces the limits of anonymous callers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from config.settings import Settings
from web.accounts import verification
from web.accounts.models import User, owner_of

UNVERIFIED_JOBS: Final = 1
"""Jobs under way of a user whose address is not verified."""
_USERS: Final = owner_of("")


@dataclass(frozen=True, slots=True)
class Plan:
    """The limits of a user, also for the user's API keys."""

    requests_a_minute: int
    jobs: int
    """Jobs under way."""
    storage_bytes: int
    """Uploads and outputs of all sessions."""


def of(settings: Settings) -> Plan:
    """Return the plan of every user."""
    return Plan(
        requests_a_minute=settings.account_requests_a_minute,
        jobs=settings.account_jobs,
        storage_bytes=settings.account_storage_mb * 1024**2,
    )


def has_one(owner: str | None) -> bool:
    """Return whether an owner is a user.

    >>> has_one("user:usr_1"), has_one("visitor:1"), has_one(None)
    (True, False, False)
    """
    return owner is not None and owner.startswith(_USERS)


def job_limit(db: Session, settings: Settings, owner: str) -> int:
    """Return how many jobs of an owner may be under way."""
    if not has_one(owner):
        return settings.user_jobs
    user = db.get(User, owner.removeprefix(_USERS))
    if user is None or not verification.is_verified(settings, user.verified_at):
        return UNVERIFIED_JOBS
    return of(settings).jobs
