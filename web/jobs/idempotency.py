"""Answer a request that is repeated under its `Idempotency-Key` without repeating it.

The row of a key is written in the transaction that inserts its job, so neither exists without
the other. Only a request that creates its own session first (`POST /api/start-processing`)
holds its key before its job exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from tasks.domain.errors import ValidationFailed
from web.db.columns import Moment, new_id, now
from web.db.engine import Base, writing
from web.errors import IdempotencyConflict, IdempotencyMismatch

HEADER = "Idempotency-Key"
RETENTION = timedelta(days=1)
LONGEST_REQUEST = timedelta(minutes=10)
"""A request that held its key for longer without a job has died."""

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class IdempotencyKey(Base):
    """A used key, the digest of its request and the resulting job."""

    __tablename__ = "idempotency_key"

    scope: Mapped[str] = mapped_column(String(240), primary_key=True)
    """The session, or the API key if the request also opens the session."""
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """Digest of the request."""
    nonce: Mapped[str] = mapped_column(String(32), default="")
    """Nonce of the id of the session that the request opens, if any."""
    job_id: Mapped[str | None] = mapped_column(String(32), default=None)
    """None while the first request is still running."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


@dataclass(frozen=True, slots=True)
class IdempotencyRequest:
    """A request under its key."""

    scope: str
    key: str
    digest: str
    holds: bool = False
    """Whether this request holds the key already."""
    nonce: str = ""
    """Nonce of the id of the session that this request opens, if any."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The job of an earlier request under the same key."""

    job_id: str
    nonce: str


def key(given: str | None) -> str | None:
    """Check the key that a caller sent, if any."""
    if given is None or _KEY.fullmatch(given):
        return given
    message = "Use 1 to 200 visible ASCII characters."
    raise ValidationFailed(errors=[{"field": HEADER, "message": message}])


def earlier(db: Session, request: IdempotencyRequest | None) -> Earlier | None:
    """Find an earlier request under this key that has its job."""
    known = db.get(IdempotencyKey, (request.scope, request.key)) if request else None
    if request is None or known is None or _is_stale(known):
        return None
    if known.digest != request.digest:
        raise IdempotencyMismatch
    if known.job_id is not None:
        return Earlier(known.job_id, known.nonce)
    if not request.holds:
        raise IdempotencyConflict
    return None


def remember(db: Session, request: IdempotencyRequest, job_id: str | None) -> None:
    """Store a key; another request that stores it at the same time gets a conflict."""
    expired = IdempotencyKey.created_at < now() - RETENTION
    db.execute(delete(IdempotencyKey).where(expired))
    known = db.get(IdempotencyKey, (request.scope, request.key), populate_existing=True)
    if known is None:
        known = IdempotencyKey(scope=request.scope, key=request.key)
        db.add(known)
    elif not request.holds and not _is_stale(known):
        raise IdempotencyConflict  # stored since our check
    known.digest, known.job_id, known.created_at = request.digest, job_id, now()
    known.nonce = request.nonce
    try:
        db.flush()
    except IntegrityError:
        raise IdempotencyConflict from None


def _is_stale(known: IdempotencyKey) -> bool:
    """Return whether a key was used too long ago, or by a request that died."""
    kept = RETENTION if known.job_id is not None else LONGEST_REQUEST
    return known.created_at < now() - kept


@contextmanager
def reserved(request: IdempotencyRequest | None) -> Iterator[IdempotencyRequest | None]:
    """Hold a key until the request has its job; a request that fails releases it."""
    if request is None:
        yield None
        return
    holding = replace(request, nonce=new_id())
    with writing() as db:
        if earlier(db, request) is not None:
            raise IdempotencyConflict  # it got its job a moment ago, which the next attempt finds
        remember(db, holding, None)
    try:
        yield replace(holding, holds=True)
    except BaseException:
        _release(request)
        raise


def _release(request: IdempotencyRequest) -> None:
    with writing() as db:
        known = db.get(IdempotencyKey, (request.scope, request.key))
        if known is not None and known.job_id is None:
            db.delete(known)
