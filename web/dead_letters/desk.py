"""List, read, retry and delete dead letters on behalf of operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from web.db.engine import reading, writing
from web.dead_letters import letters
from web.dead_letters.models import DeadLetter
from web.errors import DeadLetterIncomplete, DeadLetterNotFound
from web.events.publish import wake_controller
from web.services import Services

PAGE_SIZE: Final = 100
_LARGEST_ID: Final = 2**31 - 1


def page(
    kind: str | None = None,
    state: str | None = None,
    job_id: str | None = None,
    cursor: int | None = None,
    limit: int = PAGE_SIZE,
) -> tuple[Sequence[DeadLetter], int | None]:
    """Return a page of dead letters, newest first, and the next cursor if there are more."""
    query = select(DeadLetter).order_by(DeadLetter.id.desc()).limit(limit + 1)
    filters = {DeadLetter.kind: kind, DeadLetter.state: state, DeadLetter.job_id: job_id}
    for column, value in filters.items():
        if value is not None:
            query = query.where(column == value)
    if cursor is not None:
        query = query.where(DeadLetter.id < min(cursor, _LARGEST_ID))
    with reading() as db:
        rows = list(db.scalars(query))
    next_cursor = rows[limit - 1].id if len(rows) > limit else None
    return rows[:limit], next_cursor


def find(letter_id: int) -> DeadLetter:
    """Find a dead letter; raises `DeadLetterNotFound`."""
    with reading() as db:
        return _find(db, letter_id)


def retry(services: Services, letter_id: int) -> DeadLetter:
    """Ask the controller to retry a dead letter; asking again changes nothing."""
    with writing() as db:
        letter = _find(db, letter_id)
        if not letter.whole and letter.kind in (letters.EVENT, letters.MESSAGE):
            raise DeadLetterIncomplete
        if letter.state == letters.DEAD:
            letter.state = letters.RETRYING
    wake_controller(services)
    return letter


def drop(letter_id: int) -> None:
    """Delete a dead letter permanently."""
    with writing() as db:
        _find(db, letter_id)
        db.execute(delete(DeadLetter).where(DeadLetter.id == letter_id))


def counted(db: Session) -> dict[str, int]:
    """Count the unresolved dead letters of each kind."""
    dead = select(DeadLetter.kind, func.count()).where(DeadLetter.state != letters.RESOLVED)
    rows = db.execute(dead.group_by(DeadLetter.kind))
    known: dict[str, int] = {row[0]: row[1] for row in rows}
    return {kind: known.get(kind, 0) for kind in letters.KINDS}


def dropped(kind: str | None = None) -> int:
    """Count the unresolved dead letters, of a kind or of all, that the limit has dropped."""
    with reading() as db:
        numbers = letters.dropped(db)
    return sum(numbers.values()) if kind is None else numbers[kind]


def report(letter: DeadLetter) -> dict[str, Any]:
    """Describe a dead letter as operators see it."""
    names = ("id", "kind", "reference", "job_id", "error", "reason", "count", "state", "payload")
    return {
        **{name: getattr(letter, name) for name in names},
        "payload_complete": letter.whole,
        "created_at": letter.created_at,
        "last_tried_at": letter.tried_at,
    }


def _find(db: Session, letter_id: int) -> DeadLetter:
    letter = db.get(DeadLetter, letter_id) if letter_id <= _LARGEST_ID else None
    if letter is None:
        raise DeadLetterNotFound
    return letter
