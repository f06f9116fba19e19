"""API keys of users: create, rotate, revoke, recognise, and count the jobs that they start.

A key is shown once and stored as a digest. The database is asked for it, so that a revocation
counts in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import CursorResult, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from web.accounts import key_format, plans, verification
from web.accounts.errors import (
    ApiKeyExpired,
    ApiKeyNotFound,
    ApiKeysFull,
    DailyJobsReached,
    EmailNotVerified,
)
from web.accounts.models import User, UserKey, owner_of
from web.accounts.principals import Principal
from web.accounts.tokens import digest_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import read_one, reading, serialise_writers, writing
from web.errors import AccountSuspended, ApiKeyUnknown
from web.services import Services

Scope = Literal["jobs:read", "jobs:write", "images", "projects", "billing", "webhooks"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
OVERLAP: Final = timedelta(hours=24)
"""How long both keys are valid after a rotation, unless its request says otherwise."""
LONGEST_OVERLAP: Final = timedelta(days=7)
USE_NOTED_EVERY: Final = timedelta(minutes=1)
KEEP_REVOKED: Final = timedelta(days=30)
_REPLACED: Final = UserKey.previous_digest == bindparam("sha256")
_USER_OF_KEY: Final = (
    select(
        *(UserKey.id, UserKey.user_id, UserKey.org_id, UserKey.scopes),
        *(UserKey.expires_at, UserKey.last_used_at),
        *(User.plan, User.verified_at, User.suspended_at),
    )
    .join(User, User.id == UserKey.user_id)
    .where(
        or_(
            UserKey.digest == bindparam("sha256"),
            _REPLACED & (UserKey.previous_until > bindparam("moment")),
        ),
        UserKey.revoked_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the owner of a new key wants it to be."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None = None
    daily_jobs: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A key and its text, which its owner sees once."""

    row: UserKey
    text: str


def create(services: Services, actor: Actor, user_id: str, wanted: Wanted) -> Shown:
    """Create a key of a user with a verified address."""
    text = key_format.new()
    with writing() as db:
        serialise_writers(db)
        user = db.get_one(User, user_id)
        if not verification.is_verified(services.settings, user.verified_at):
            raise EmailNotVerified
        if count(db, user_id) >= plans.named(services.settings, user.plan).api_keys:
            raise ApiKeysFull
        row = UserKey(
            user_id=user_id,
            org_id=user.org_id,
            name=wanted.name,
            prefix=text[: key_format.SHOWN],
            digest=digest_of(text),
            scopes=[scope for scope in SCOPES if scope in wanted.scopes],
            expires_at=wanted.expires_at,
            daily_jobs=wanted.daily_jobs,
        )
        db.add(row)
        db.flush()
        log.record(db, actor, "key.created", owner_of(user_id), key_id=row.id)
    return Shown(row, text)


def rotate(actor: Actor, user_id: str, key_id: str, overlap: timedelta = OVERLAP) -> Shown:
    """Replace the text of a key; the former one is valid until the overlap ends.

    A text that was replaced before is no longer valid.
    """
    text = key_format.new()
    with writing() as db:
        serialise_writers(db)
        row = _find(db, user_id, key_id)
        if row.expires_at is not None and row.expires_at <= now():
            raise ApiKeyExpired
        row.previous_digest, row.previous_until = row.digest, now() + overlap
        row.digest, row.prefix = digest_of(text), text[: key_format.SHOWN]
        log.record(db, actor, "key.rotated", owner_of(user_id), key_id=row.id)
    return Shown(row, text)


def revoke(actor: Actor, user_id: str, key_id: str) -> None:
    """End a key at once."""
    with writing() as db:
        row = _find(db, user_id, key_id)
        row.revoked_at = now()
        log.record(db, actor, "key.revoked", owner_of(user_id), key_id=row.id)


def of_user(db: Session, user_id: str) -> list[UserKey]:
    """List the keys of a user that are not revoked, newest first."""
    mine = select(UserKey).where(*_of(user_id))
    return list(db.scalars(mine.order_by(UserKey.created_at.desc(), UserKey.id)))


def count(db: Session, user_id: str) -> int:
    """Count the keys of a user that are not revoked."""
    return db.scalar(select(func.count()).select_from(UserKey).where(*_of(user_id))) or 0


def report(row: UserKey) -> dict[str, Any]:
    """Describe a key to its owner."""
    moment = now()
    overlaps = row.previous_until is not None and row.previous_until > moment
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": list(row.scopes),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "expired": row.expires_at is not None and row.expires_at <= moment,
        "last_used_at": row.last_used_at,
        "last_used_from": row.last_used_from or None,
        "daily_jobs": row.daily_jobs,
        "jobs_today": row.jobs_today if row.jobs_day == _day(moment) else 0,
        "previous_valid_until": row.previous_until if overlaps else None,
    }


def principal(services: Services, text: str, sender: str) -> Principal:
    """Return on whose behalf a request with this key acts, and note its use."""
    if services.settings.accounts.auth == "off" or not key_format.is_well_formed(text):
        raise ApiKeyUnknown
    moment, sha256 = now(), digest_of(text)
    row = read_one(_USER_OF_KEY, sha256=sha256, moment=moment)
    if row is None:
        raise ApiKeyUnknown
    if row.suspended_at is not None:
        raise AccountSuspended
    if row.expires_at is not None and row.expires_at <= moment:
        raise ApiKeyExpired
    if not verification.is_verified(services.settings, row.verified_at):
        raise EmailNotVerified
    if row.last_used_at is None or row.last_used_at <= moment - USE_NOTED_EVERY:
        _note_use(row.id, moment, sender)
    return Principal(
        kind="api_key",
        owner=owner_of(row.user_id),
        user_id=row.user_id,
        org_id=row.org_id,
        plan=row.plan,
        scopes=frozenset(row.scopes),
        key_id=row.id,
    )


def is_over(key_id: str, scope: Scope) -> bool:
    """Return whether a key may no longer be used for this."""
    moment = now()
    query = (
        select(UserKey.scopes)
        .join(User, User.id == UserKey.user_id)
        .where(
            *(UserKey.id == key_id, UserKey.revoked_at.is_(None), User.suspended_at.is_(None)),
            or_(UserKey.expires_at.is_(None), UserKey.expires_at > moment),
        )
    )
    with reading() as db:
        scopes = db.scalar(query)
    return scopes is None or scope not in scopes


def count_job(db: Session, key_id: str) -> None:
    """Count a job that a key starts, in the transaction that adds it; raises at its limit.

    One statement checks and counts, so that two starts cannot both take the last place. A key that
    is gone meanwhile starts nothing.
    """
    moment = now()
    today, same = _day(moment), UserKey.jobs_day == _day(moment)
    within = or_(
        UserKey.daily_jobs.is_(None),
        (UserKey.jobs_day != today) & (UserKey.daily_jobs > 0),
        UserKey.jobs_today < UserKey.daily_jobs,
    )
    counted = (
        update(UserKey)
        .where(UserKey.id == key_id, UserKey.revoked_at.is_(None), within)
        .values(jobs_day=today, jobs_today=case((same, UserKey.jobs_today + 1), else_=1))
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], db.execute(counted)).rowcount != 1:
        raise DailyJobsReached(retry_after=_seconds_to_midnight(moment))


def forget_revoked() -> None:
    """Delete keys that were revoked long ago."""
    with writing() as db:
        db.execute(delete(UserKey).where(UserKey.revoked_at < now() - KEEP_REVOKED))


def _of(user_id: str) -> tuple[Any, ...]:
    return UserKey.user_id == user_id, UserKey.revoked_at.is_(None)


def _find(db: Session, user_id: str, key_id: str) -> UserKey:
    row = db.scalar(select(UserKey).where(UserKey.id == key_id, *_of(user_id)))
    if row is None:
        raise ApiKeyNotFound
    return row


def _note_use(key_id: str, moment: datetime, sender: str) -> None:
    """Note when and from where a key was used, unless another request has just done so."""
    late = or_(UserKey.last_used_at.is_(None), UserKey.last_used_at <= moment - USE_NOTED_EVERY)
    with writing() as db:
        used = update(UserKey).where(UserKey.id == key_id, late)
        db.execute(used.values(last_used_at=moment, last_used_from=sender))


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _seconds_to_midnight(moment: datetime) -> int:
    tomorrow = moment.astimezone(UTC).date() + timedelta(days=1)
    return int((datetime.combine(tomorrow, time(), UTC) - moment).total_seconds()) + 1
