"""The message that asks a worker to examine an uploaded file, and the event with its verdict."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, Final

from tasks.domain.artifact import Blob
from tasks.domain.events import Event, EventType
from tasks.domain.examination import Verdict

TASK: Final = "examine"
"""The name of the Celery task."""
SECONDS: Final = 60
"""The time limit of an examination."""


@dataclass(frozen=True, slots=True)
class ExaminationCall:
    """A file to examine. `subject` says what it is, such as `upload:ID`."""

    subject: str
    session_id: str
    kind: str
    sha256: str
    bytes: int
    media_type: str

    @property
    def args(self) -> tuple[Any, ...]:
        return astuple(self)

    @property
    def task_id(self) -> str:
        """Return a task id that is readable in Flower; no step has such an id."""
        return f"{self.subject}.examine"

    @property
    def blob(self) -> Blob:
        return Blob(self.sha256, self.bytes, self.media_type)

    @classmethod
    def of_args(cls, args: Any) -> ExaminationCall:
        """Parse untrusted arguments; raises ValueError or TypeError."""
        call = cls(*args)
        words = (call.subject, call.session_id, call.kind, call.sha256, call.media_type)
        if any(type(word) is not str for word in words) or type(call.bytes) is not int:
            raise TypeError("an argument has the wrong type")
        return call


def examined_event(subject: str, session_id: str, verdict: Verdict) -> Event:
    """Return the event that reports a verdict."""
    return Event(
        EventType.UPLOAD_EXAMINED,
        session_id=session_id,
        message=verdict.reason or "The file was examined.",
        details={
            "subject": subject,
            "upload_id": subject.partition(":")[2],
            "usable": verdict.usable,
            "error_code": verdict.code or None,
            "verdict": verdict.to_dict(),
        },
    )
