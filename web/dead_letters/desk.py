"""What operators do with dead letters: list, read, have retried, drop."""

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

MOST_A_PAGE: Final = 100
_LARGEST_ID: Final = 2**31 - 1


def page(
    kind: str | None = None,
    state: str | None = None,
    job_id: str | None = None,
    cursor: int | None = None,
    limit: int = MOST_A_PAGE,
) -> tuple[Sequence[DeadLetter], int | None]:
    """The newest first, before the cursor; and the next cursor, if there are more."""
    wanted = select(DeadLetter).order_by(DeadLetter.id.desc()).limit(limit + 1)
    filters = {DeadLetter.kind: kind, DeadLetter.state: state, DeadLetter.job_id: job_id}
    for column, value in filters.items():
        if value is not None:
            wanted = wanted.where(column == value)
    if cursor is not None:
        wanted = wanted.where(DeadLetter.id < min(cursor, _LARGEST_ID))
    with reading() as db:
        found = list(db.scalars(wanted))
    more = found[limit - 1].id if len(found) > limit else None
    return found[:limit], more


def find(letter_id: int) -> DeadLetter:
    with reading() as db:
        return _find(db, letter_id)


def retry(services: Services, letter_id: int) -> DeadLetter:
    """Ask the controller to try it again; the same request twice asks once."""
    with writing() as db:
        letter = _find(db, letter_id)
        if not letter.whole and letter.kind in (letters.EVENT, letters.MESSAGE):
            raise DeadLetterIncomplete
        if letter.state == letters.DEAD:
            letter.state = letters.RETRYING
    wake_controller(services)
    return letter


def drop(letter_id: int) -> None:
    """Delete it for good."""
    with writing() as db:
        _find(db, letter_id)
        db.execute(delete(DeadLetter).where(DeadLetter.id == letter_id))


def counted(db: Session) -> dict[str, int]:
    """How many are dead now, by kind."""
    dead = select(DeadLetter.kind, func.count()).where(DeadLetter.state != letters.RESOLVED)
    rows = db.execute(dead.group_by(DeadLetter.kind))
    known: dict[str, int] = {row[0]: row[1] for row in rows}
    return {kind: known.get(kind, 0) for kind in letters.KINDS}


def report(letter: DeadLetter) -> dict[str, Any]:
    """As operators see it."""
    names = ("id", "kind", "reference", "job_id", "error", "reason", "count", "state", "payload")
    told = {name: getattr(letter, name) for name in names}
    return {**told, "payload_complete": letter.whole, **_times(letter)}


def _times(letter: DeadLetter) -> dict[str, Any]:
    return {"created_at": letter.created_at, "last_tried_at": letter.tried_at}


def _find(db: Session, letter_id: int) -> DeadLetter:
    letter = db.get(DeadLetter, letter_id) if letter_id <= _LARGEST_ID else None
    if letter is None:
        raise DeadLetterNotFound
    return letter
