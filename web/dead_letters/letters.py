"""Store dead letters: equal ones share a row and are counted, and each kind is limited."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from tasks.domain.wire import safe_text
from web.db.columns import now
from web.db.engine import writing
from web.dead_letters.models import DeadLetter
from web.events.models import Mark
from web.jobs import transitions

log = logging.getLogger(__name__)

MESSAGE: Final = "message"
"""An entry of the event stream that is not an event."""
EVENT: Final = "event"
DECISION: Final = "decision"
OUTBOX: Final = "outbox"
COPY: Final = "copy"
DUTY: Final = "duty"
REQUEST: Final = "request"
"""A forbidden request of a node with a token; it belongs to no job, whatever it claims."""
MAIL: Final = "mail"
"""A mail that could not be sent; its letter contains neither its text nor its address."""
KINDS: Final = (MESSAGE, EVENT, DECISION, OUTBOX, COPY, DUTY, REQUEST, MAIL)

DEAD: Final = "dead"
RETRYING: Final = "retrying"
RESOLVED: Final = "resolved"
STATES: Final = (DEAD, RETRYING, RESOLVED)

MOST_KEPT: Final = 1000
"""Letters kept of each kind, so that junk in the stream does not displace those of jobs."""
LONGEST_PAYLOAD: Final = 64 * 1024
_LONGEST_REASON: Final = 500
_DROPPED: Final = "dead_letters_dropped:"
"""Prefix of the marks that count the dropped letters of each kind."""
_MOST_COUNTED: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Letter:
    """Input that could not be applied, and the error it raised."""

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
        """Create a letter whose reason is the error's class and the first line of its message."""
        reason = (str(problem).splitlines() or [""])[0]
        error = f"{type(problem).__module__}.{type(problem).__qualname__}"
        return cls(kind, reference, _text(payload), error.removeprefix("builtins."), reason, job_id)

    @property
    def fingerprint(self) -> str:
        """A digest that is equal for repetitions of the same failure."""
        reference = "" if self.kind == MESSAGE else self.reference  # an entry id never repeats
        parts = self.kind, reference, self.job_id or "", self.error, self.reason, self.payload
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def keep(letters: Sequence[Letter]) -> None:
    """Store letters, and fail the jobs that they belong to."""
    with writing() as db:
        _write(db, letters)
        _enforce_limit(db, {letter.kind for letter in letters})
        for job_id in sorted({letter.job_id for letter in letters if letter.job_id}):
            transitions.fail_unread(db, job_id, now())


def _write(db: Session, letters: Sequence[Letter]) -> None:
    by_fingerprint = {letter.fingerprint: letter for letter in letters}
    counts = dict.fromkeys(by_fingerprint, 0)
    for letter in letters:
        counts[letter.fingerprint] += 1
    known = select(DeadLetter).where(DeadLetter.fingerprint.in_(by_fingerprint)).with_for_update()
    for row in db.scalars(known):
        row.count = min(row.count + counts.pop(row.fingerprint), _MOST_COUNTED)
        row.state, row.tried_at = DEAD, now()
    for fingerprint, count in counts.items():
        letter = by_fingerprint[fingerprint]
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


def _enforce_limit(db: Session, kinds: set[str]) -> None:
    """Delete the oldest letters of a kind that has too many, resolved ones first."""
    for kind in sorted(kinds):
        of_kind = DeadLetter.kind == kind
        count = db.scalar(select(func.count()).where(of_kind)) or 0
        if count > MOST_KEPT:
            order = case((DeadLetter.state == RESOLVED, 0), else_=1), DeadLetter.id
            oldest = select(DeadLetter.id).where(of_kind).order_by(*order).limit(count - MOST_KEPT)
            ids = list(db.scalars(oldest))
            unresolved = select(func.count()).where(
                DeadLetter.id.in_(ids), DeadLetter.state != RESOLVED
            )
            lost = db.scalar(unresolved) or 0
            db.execute(delete(DeadLetter).where(DeadLetter.id.in_(ids)))
            if lost:
                _count_dropped(db, kind, lost)


def _count_dropped(db: Session, kind: str, lost: int) -> None:
    mark = db.get(Mark, _DROPPED + kind, with_for_update=True)
    if mark is None:
        mark = Mark(name=_DROPPED + kind, value="0")
        db.add(mark)
    mark.value = str(int(mark.value) + lost)
    log.warning(
        "oldest dead letters dropped, because there are too many of their kind",
        extra={"kind": kind, "dropped": lost, "dropped_so_far": int(mark.value)},
    )


def dropped(db: Session) -> dict[str, int]:
    """Count the unresolved letters of each kind that were dropped since installation."""
    marks = db.scalars(select(Mark).where(Mark.name.in_([_DROPPED + kind for kind in KINDS])))
    known = {mark.name.removeprefix(_DROPPED): int(mark.value) for mark in marks}
    return {kind: known.get(kind, 0) for kind in KINDS}


def _text(payload: Any) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload, default=repr)
