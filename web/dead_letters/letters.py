"""The dead letters themselves: written once, counted when they come again, bounded in number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from tasks.domain.wire import safe_text
from web.db.columns import now
from web.db.engine import writing
from web.dead_letters.models import DeadLetter
from web.jobs import transitions

MESSAGE: Final = "message"
"""An entry of the event stream that is no event."""
EVENT: Final = "event"
DECISION: Final = "decision"
OUTBOX: Final = "outbox"
COPY: Final = "copy"
DUTY: Final = "duty"
REQUEST: Final = "request"
"""What a node with a token asked for and must not have; it belongs to no job, whatever it says."""
KINDS: Final = (MESSAGE, EVENT, DECISION, OUTBOX, COPY, DUTY, REQUEST)

DEAD: Final = "dead"
RETRYING: Final = "retrying"
RESOLVED: Final = "resolved"
STATES: Final = (DEAD, RETRYING, RESOLVED)

MOST_KEPT: Final = 1000
"""Of each kind: junk on the stream must not push out what is known of jobs."""
LONGEST_PAYLOAD: Final = 64 * 1024
_LONGEST_REASON: Final = 500
_MOST_COUNTED: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Letter:
    """Something that failed alone."""

    kind: str
    reference: str
    payload: str
    error: str
    reason: str
    job_id: str | None = None

    @classmethod
    def about(
        cls, kind: str, reference: str, payload: Any, problem: Exception, job_id: str | None = None
    ) -> Letter:
        """With the reason as operators should read it: a class and one line."""
        said = (str(problem).splitlines() or [""])[0]
        error = f"{type(problem).__module__}.{type(problem).__qualname__}"
        return cls(kind, reference, _text(payload), error.removeprefix("builtins."), said, job_id)

    @property
    def fingerprint(self) -> str:
        """Equal for letters that say the same, whenever they come."""
        same = "" if self.kind == MESSAGE else self.reference
        parts = self.kind, same, self.job_id or "", self.error, self.reason, self.payload
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def keep(letters: Sequence[Letter]) -> None:
    """Set them aside, and end the jobs that they belong to."""
    with writing() as db:
        _write(db, letters)
        _bound(db, {letter.kind for letter in letters})
        for job_id in sorted({letter.job_id for letter in letters if letter.job_id}):
            transitions.fail_unread(db, job_id, now())


def _write(db: Session, letters: Sequence[Letter]) -> None:
    by_print = {letter.fingerprint: letter for letter in letters}
    times = dict.fromkeys(by_print, 0)
    for letter in letters:
        times[letter.fingerprint] += 1
    known = select(DeadLetter).where(DeadLetter.fingerprint.in_(by_print)).with_for_update()
    for row in db.scalars(known):
        row.count = min(row.count + times.pop(row.fingerprint), _MOST_COUNTED)
        row.state, row.tried_at = DEAD, now()
    for fingerprint, count in times.items():
        letter = by_print[fingerprint]
        db.add(
            DeadLetter(
                kind=letter.kind,
                reference=safe_text(letter.reference, 120),
                job_id=safe_text(letter.job_id, 64) if letter.job_id else None,
                error=safe_text(letter.error, 120),
                reason=safe_text(letter.reason, _LONGEST_REASON),
                payload=safe_text(letter.payload, LONGEST_PAYLOAD),
                whole=len(letter.payload) <= LONGEST_PAYLOAD,
                fingerprint=fingerprint,
                count=count,
            )
        )
    db.flush()


def _bound(db: Session, kinds: set[str]) -> None:
    """Drop the oldest of a kind that has too many, what is resolved before what is not."""
    for kind in sorted(kinds):
        mine = DeadLetter.kind == kind
        many = db.scalar(select(func.count()).where(mine)) or 0
        if many > MOST_KEPT:
            order = case((DeadLetter.state == RESOLVED, 0), else_=1), DeadLetter.id
            oldest = select(DeadLetter.id).where(mine).order_by(*order).limit(many - MOST_KEPT)
            ids = list(db.scalars(oldest))
            db.execute(delete(DeadLetter).where(DeadLetter.id.in_(ids)))


def _text(payload: Any) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload, default=repr)
