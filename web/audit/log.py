"""Write the audit log, and read it for administrators and for the people it is about.

An entry is written in the transaction of what it reports, so that neither exists without the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from web.audit.models import AuditEntry
from web.db.columns import now
from web.db.engine import reading, writing

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where."""

    name: str
    address: str = ""
    request_id: str = ""


COMMAND_LINE: Final = Actor("command-line")


def record(db: Session, actor: Actor, action: str, target: str = "", **details: Any) -> None:
    """Add an entry in the caller's transaction."""
    db.add(
        AuditEntry(
            actor=actor.name,
            action=action,
            target=target,
            address=actor.address,
            request_id=actor.request_id,
            details=details,
        )
    )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to read; empty fields match all."""

    actor: str = ""
    action: str = ""
    target: str = ""
    before: int = 0
    """Only entries with a smaller id."""


def page(wanted: Filter, limit: int) -> list[AuditEntry]:
    """Read entries, newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    for column, value in (
        (AuditEntry.actor, wanted.actor),
        (AuditEntry.action, wanted.action),
        (AuditEntry.target, wanted.target),
    ):
        query = query.where(column == value) if value else query
    if wanted.before:
        query = query.where(AuditEntry.id < wanted.before)
    with reading() as db:
        return list(db.scalars(query))


def every(wanted: Filter) -> Iterator[AuditEntry]:
    """Read all entries, newest first, some at a time."""
    before = wanted.before
    while batch := page(Filter(wanted.actor, wanted.action, wanted.target, before), _BATCH):
        yield from batch
        before = batch[-1].id


def about(db: Session, name: str) -> list[AuditEntry]:
    """Read what a person did and what was done to their account, oldest first."""
    theirs = or_(AuditEntry.actor == name, AuditEntry.target == name)
    return list(db.scalars(select(AuditEntry).where(theirs).order_by(AuditEntry.id)))


def forget(days: float) -> None:
    """Delete entries that are older than the retention."""
    with writing() as db:
        db.execute(delete(AuditEntry).where(AuditEntry.at < now() - timedelta(days=days)))


def report(entry: AuditEntry) -> dict[str, Any]:
    """Describe an entry as the API returns it."""
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "address": entry.address,
        "request_id": entry.request_id,
        "details": entry.details,
    }
