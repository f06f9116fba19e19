"""Limits: how many user sessions may be in use, how much each may store, and free disk space.

A session is in use, and counts against `MAX_SESSIONS`, once it has an upload or a job. One that a
Python program on this machine opened counts at once. Empty sessions end after minutes, and each
address may have a few of them, so that opening sessions cannot lock others out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

import psutil
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from config.settings import Settings
from tasks.domain.errors import RateLimited
from web.accounts import plans
from web.accounts.models import owner_of
from web.db.columns import now
from web.errors import QuotaExceeded, ServerFull, SessionLimit, StorageFull
from web.services import Services
from web.sessions import work
from web.sessions.models import Output, Upload, UserSession

_declared: Final[list[tuple[InstrumentedAttribute[str], ColumnElement[int]]]] = []


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The limits on sessions that the settings declare."""

    most: int
    """Sessions in use at once."""
    idle: timedelta
    """How long a session in use may be idle before it ends."""
    empty: timedelta
    """How long a session without an upload or a job may be idle before it ends."""
    empty_per_address: int
    """Empty sessions that one address may have; 0 means no limit."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            most=settings.max_sessions,
            idle=timedelta(hours=settings.session_hours),
            empty=timedelta(minutes=settings.empty_session_minutes),
            empty_per_address=settings.empty_sessions_per_address,
        )


def in_use() -> ColumnElement[bool]:
    """Return the condition under which a session counts against `MAX_SESSIONS`."""
    return or_(
        UserSession.opened_from == "",
        exists().where(Upload.session_id == UserSession.id),
        work.any_work(),
    )


def count_in_use(db: Session) -> int:
    """Count the active sessions in use; those of users are limited by their plan."""
    active = select(func.count()).select_from(UserSession)
    anonymous = UserSession.owner.not_like(f"{owner_of('')}%")
    return db.scalar(active.where(UserSession.ended_at.is_(None), anonymous, in_use())) or 0


def is_in_use(db: Session, session_id: str) -> bool:
    """Return whether a session is in use."""
    return bool(db.scalar(select(exists().where(UserSession.id == session_id).where(in_use()))))


def require_capacity(db: Session, limits: SessionLimits) -> None:
    """Refuse another session in use on a full server, with the time until the next one expires."""
    if count_in_use(db) < limits.most:
        return
    expire(db, limits)
    if count_in_use(db) >= limits.most:
        raise SessionLimit(retry_after=_seconds_until(_next_expiry(db, limits)))


def require_empty_share(db: Session, limits: SessionLimits, opened_from: str) -> None:
    """Refuse another empty session to an address that has its share."""
    if not opened_from or not limits.empty_per_address:
        return
    expire(db, limits)
    mine = select(UserSession.seen_at).where(
        UserSession.opened_from == opened_from, UserSession.ended_at.is_(None), ~in_use()
    )
    seen = sorted(db.scalars(mine))
    if len(seen) >= limits.empty_per_address:
        raise RateLimited(
            "Your address has too many unused sessions. Use or close one, "
            "or try again in a few minutes.",
            retry_after=_seconds_until(seen[0] + limits.empty),
        )


def expire(db: Session, limits: SessionLimits) -> list[UserSession]:
    """End sessions that have been idle for too long and return them."""
    moment = now()
    unused = UserSession.seen_at < moment - limits.empty
    # A session with open work, or with work that has just ended, is not idle.
    recent = work.recent_work(moment - limits.idle)
    idle = (UserSession.seen_at < moment - limits.idle) & ~recent
    expired = or_(idle, unused & ~in_use())
    ended = list(db.scalars(select(UserSession).where(UserSession.ended_at.is_(None), expired)))
    for user_session in ended:
        user_session.ended_at = moment
    db.flush()
    return ended


def used_bytes(db: Session, session_id: str) -> int:
    """Return the bytes of a session's uploads and outputs; shared bytes count for each session."""
    sums = (
        select(func.coalesce(func.sum(table.bytes), 0)).where(table.session_id == session_id)
        for table in (Upload, Output)
    )
    return sum(int(db.scalar(query) or 0) for query in sums)


def declare(owner: InstrumentedAttribute[str], size: ColumnElement[int]) -> None:
    """Let further files count; called once, beside the table that has them."""
    _declared.append((owner, size))


def owned_bytes(db: Session, owner: str) -> int:
    """Return the bytes of all files of an owner: uploads, outputs and what is kept."""
    sums = (*_sums_of_sessions(owner), *_sums_of_declared(owner))
    return sum(int(db.scalar(query) or 0) for query in sums)


def _sums_of_sessions(owner: str) -> Iterator[Select[Any]]:
    for table in (Upload, Output):
        yield select(func.coalesce(func.sum(table.bytes), 0)).where(table.owner == owner)


def _sums_of_declared(owner: str) -> Iterator[Select[Any]]:
    for column, size in _declared:
        yield select(func.coalesce(func.sum(size), 0)).where(column == owner)


def require_quota(db: Session, settings: Settings, session_id: str, more: int) -> None:
    """Refuse bytes that would exceed the session's quota, or the storage of its user's plan."""
    owner = db.scalar(select(UserSession.owner).where(UserSession.id == session_id)) or ""
    if plans.has_one(owner):
        _require_plan(db, settings, owner, more)
    elif used_bytes(db, session_id) + more > settings.session_quota_mb * 1024**2:
        raise QuotaExceeded


def require_owner_quota(db: Session, settings: Settings, owner: str, more: int) -> None:
    """Refuse bytes that belong to no session and would exceed what their owner may keep.

    Owners without a plan may keep as much as a session may store.
    """
    if plans.has_one(owner):
        _require_plan(db, settings, owner, more)
        return
    kept = sum(int(db.scalar(query) or 0) for query in _sums_of_declared(owner))
    if kept + more > settings.session_quota_mb * 1024**2:
        raise QuotaExceeded("Your library is full. Delete pictures or recordings.")


def _require_plan(db: Session, settings: Settings, owner: str, more: int) -> None:
    if owned_bytes(db, owner) + more > plans.of_owner(db, settings, owner).storage_bytes:
        raise QuotaExceeded("Your storage is full. Delete videos, uploads, pictures or recordings.")


def require_upload_space(services: Services) -> None:
    """Refuse new files while the disk is nearly full; running jobs may finish."""
    if _disk_nearly_full(services.settings):
        raise StorageFull


def require_job_space(services: Services) -> None:
    """Refuse new jobs while the disk is nearly full: they would fail half way."""
    if _disk_nearly_full(services.settings):
        raise ServerFull


def _disk_nearly_full(settings: Settings) -> bool:
    return psutil.disk_usage(str(settings.state)).percent >= settings.monitoring.disk_full_percent


def _next_expiry(db: Session, limits: SessionLimits) -> datetime:
    """Return when the first session in use expires if none of them is used until then."""
    idle = select(UserSession.seen_at, *work.last_ends()).where(
        UserSession.ended_at.is_(None), in_use(), ~work.open_work()
    )
    seen = [max(moment for moment in row if moment is not None) for row in db.execute(idle)]
    return min(seen, default=now()) + limits.idle


def _seconds_until(moment: datetime) -> int:
    return max(1, math.ceil((moment - now()).total_seconds()))
