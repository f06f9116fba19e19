"""Plans: what users may use, together with their API keys, in place of the limits of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from web.accounts import verification
from web.accounts.errors import UserNotFound
from web.accounts.models import PLANS, PlanName, User, owner_of
from web.audit import log
from web.audit.log import Actor

UNVERIFIED_JOBS: Final = 1
"""Jobs under way of a user whose address is not verified."""
_USERS: Final = owner_of("")


@dataclass(frozen=True, slots=True)
class Plan:
    """The limits of a user, also for the user's API keys."""

    name: PlanName
    requests_a_minute: int
    jobs: int
    """Jobs under way."""
    storage_bytes: int
    """Uploads and outputs of all sessions."""
    api_keys: int


def named(settings: Settings, name: PlanName) -> Plan:
    """Return a plan with the limits that the settings give it.

    >>> named(Settings(), "free").api_keys, named(Settings(), "premium").api_keys
    (20, 100)
    """
    limits = settings.accounts
    if name == "premium":
        return Plan(
            name,
            limits.premium_requests_a_minute,
            limits.premium_jobs,
            limits.premium_storage_mb * 1024**2,
            limits.premium_keys,
        )
    return Plan(
        name,
        limits.requests_a_minute,
        limits.jobs,
        limits.storage_mb * 1024**2,
        limits.keys,
    )


def every(settings: Settings) -> list[Plan]:
    """Return all plans, the one of new users first."""
    return [named(settings, name) for name in PLANS]


def set_plan(db: Session, actor: Actor, user_id: str, name: PlanName) -> User:
    """Give a user another plan, in the caller's transaction; raises `UserNotFound`.

    It counts from the next request on. What exceeds a smaller plan stays; only more is refused.
    """
    user = db.get(User, user_id)
    if user is None:
        raise UserNotFound
    if user.plan != name:
        log.record(db, actor, "user.plan", owner_of(user_id), before=user.plan, after=name)
        user.plan = name
    return user


def has_one(owner: str | None) -> bool:
    """Return whether an owner is a user.

    >>> has_one("user:usr_1"), has_one("visitor:1"), has_one(None)
    (True, False, False)
    """
    return owner is not None and owner.startswith(_USERS)


def of_owner(db: Session, settings: Settings, owner: str) -> Plan:
    """Return the plan of an owner that is a user; a deleted one has the first plan."""
    query = select(User.plan).where(User.id == owner.removeprefix(_USERS))
    return named(settings, db.scalar(query) or PLANS[0])


def job_limit(db: Session, settings: Settings, owner: str) -> int:
    """Return how many jobs of an owner may be under way."""
    if not has_one(owner):
        return settings.user_jobs
    user = db.get(User, owner.removeprefix(_USERS))
    if user is None or not verification.is_verified(settings, user.verified_at):
        return UNVERIFIED_JOBS
    return named(settings, user.plan).jobs
