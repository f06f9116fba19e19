"""Record the verdicts that workers report."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tasks.domain import wire
from tasks.domain.events import Event, EventType
from tasks.domain.examination import Verdict
from web.examinations import subjects


def apply(db: Session, event: Event, *, suggests_voices: bool) -> None:
    """Record the verdict of an event; raises `Malformed`. Other events are ignored."""
    if event.event_type is not EventType.UPLOAD_EXAMINED:
        return
    subject = wire.field(event.details, "subject", str)
    verdict = Verdict.from_dict(wire.field(event.details, "verdict", dict))
    if not suggests_voices:  # a worker may have another setting
        verdict = verdict.without_suggestions()
    subjects.record(db, subject, verdict)
