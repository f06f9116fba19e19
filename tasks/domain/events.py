"""The event schema of REST, Socket.IO, SSE, WebSocket and webhooks.

An event states what happened, not how to show it. Its id is assigned by the script that writes
it (`tasks/messaging/event_bus.py`). The id is the same on every stream and always rises, whatever
happens to Redis or to a clock, so clients can ask for all events after an id.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from tasks.domain import wire
from tasks.domain.wire import Malformed

SCHEMA_VERSION: Final = 1

OPERATORS: Final = "operators"
"""The session id of events that are for operators; no session has this id."""


class EventType(StrEnum):
    """Names of events, as Socket.IO clients receive them."""

    UPLOAD_SUCCESS = "upload_success"
    UPLOAD_EXAMINED = "upload_examined"
    PROCESSING_STARTED = "processing_started"
    STAGE_STARTED = "stage_started"
    PROGRESS_UPDATE = "progress_update"
    STAGE_COMPLETED = "stage_completed"
    STAGE_FAILED = "stage_failed"
    PLAN_REVISED = "plan_revised"
    PIPELINE_COMPLETED = "pipeline_completed"
    PIPELINE_FAILED = "pipeline_failed"
    PIPELINE_CANCELLED = "pipeline_cancelled"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    RESOURCE_ALERT = "resource_alert"

    @property
    def terminal(self) -> bool:
        return self.value.startswith("pipeline_")


_ID: Final = re.compile(r"\d{1,16}(?:-\d{1,10})?")
LATEST_MILLISECONDS: Final = 253_402_300_799_000
"""The end of the year 9999: event ids never go beyond it."""
LARGEST_SEQUENCE: Final = 2**31 - 1
"""Of the events of one millisecond."""
_TEXTS: Final = {"session_id": 64, "job_id": 64, "stage": 32, "message": 20_000}
_MOST_SCENES: Final = 100_000

_MILESTONES: Final = frozenset(
    {
        EventType.PROCESSING_STARTED,
        EventType.STAGE_COMPLETED,
        EventType.PLAN_REVISED,
        EventType.PIPELINE_COMPLETED,
        EventType.PIPELINE_FAILED,
        EventType.PIPELINE_CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a session."""

    event_type: EventType
    session_id: str
    job_id: str | None = None
    stage: str | None = None
    scene: int | None = None
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    progress_percent: float = 0.0
    """Progress of the whole job; computed when the event gets its id, and never falling."""
    eta_seconds: float | None = None
    event_id: str = ""
    version: int = SCHEMA_VERSION
    eta_range: tuple[float, float] | None = None
    """Remaining seconds: one job in ten needs less than the first value, one in ten more than the
    second."""

    def numbered(self, event_id: str, percent: float, eta: str) -> Event:
        """Return the event with its id; `eta` is empty or "likely low high"."""
        likely, spread = None, None
        if eta:
            likely, low, high = map(float, eta.split())
            spread = (low, high)
        return replace(
            self,
            event_id=event_id,
            progress_percent=percent,
            eta_seconds=likely,
            eta_range=spread,
        )

    @property
    def milestone(self) -> tuple[Any, ...] | None:
        """Return what identifies an event that a job emits only once; None for other events.

        If Redis is wiped after clients received an event and before it is in the database, the
        event is emitted again with another id. This value identifies the repetition.
        """
        if self.job_id is None or self.event_type not in _MILESTONES:
            return None
        # The end of a round names its attempt; a job that has succeeded has no other round.
        times = self.details.get("attempt" if self.event_type.terminal else "revision")
        return self.job_id, self.event_type, times, self.stage, self.scene

    def to_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "event_id": self.event_id,
            "event_type": self.event_type.value,
            "session_id": self.session_id,
            "job_id": self.job_id,
            "stage": self.stage,
            "scene": self.scene,
            "progress_percent": self.progress_percent,
            "eta_seconds": self.eta_seconds,
            "eta_range": None if self.eta_range is None else list(self.eta_range),
            "message": self.message,
            "details": self.details,
        }

    def to_json(self) -> str:
        text = json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate cannot be encoded, and must not make the sender fail.
        return text.encode("utf-8", "replace").decode()

    @classmethod
    def from_dict(cls, raw: Any) -> Event:
        """Parse an event of another process or an older row; raise `Malformed`."""
        return _read(wire.checked(raw))

    @classmethod
    def from_json(cls, text: str | bytes) -> Event:
        return _read(wire.parse(text))

    def stamped(self, event_id: str, percent: str, eta: str) -> Event:
        """Return the event with the values of the script, strictly parsed (see `numbered`)."""
        require_id(event_id)
        try:
            reached = float(percent)
            left = [float(seconds) for seconds in eta.split()]
        except (ValueError, AttributeError, TypeError):
            raise Malformed("the progress of an event is not a number") from None
        if not 0 <= reached <= 100:
            raise Malformed("the progress of an event is not a percentage")
        if len(left) not in (0, 3):
            raise Malformed("the estimate of an event is not three numbers")
        known = eta if left and all(map(math.isfinite, left)) else ""
        return self.numbered(event_id, reached, known)


def _read(raw: Any) -> Event:
    if not isinstance(raw, dict):
        raise Malformed("an event is not an object")
    try:
        kind = EventType(raw.get("event_type", ""))
    except ValueError:
        raise Malformed("an event has no known type") from None
    event = wire.build(Event, raw, event_type=kind)
    for name, most in _TEXTS.items():
        if len(getattr(event, name) or "") > most:
            raise Malformed(f"{name} is longer than {most} characters")
    if event.scene is not None and not 0 <= event.scene <= _MOST_SCENES:
        raise Malformed("scene is out of range")
    if not 0 <= event.progress_percent <= 100:
        raise Malformed("progress_percent is out of range")
    if event.event_id:
        require_id(event.event_id)
    return event


def require_id(event_id: str) -> None:
    """Raise `Malformed` if this is not an event id or lies too far in the future."""
    if _ID.fullmatch(event_id) is None:
        raise Malformed("not the id of an event")
    milliseconds, sequence = id_order(event_id)
    if milliseconds > LATEST_MILLISECONDS or sequence > LARGEST_SEQUENCE:
        raise Malformed("the id of an event is out of range")


def id_order(event_id: str) -> tuple[int, int]:
    """Return a sort key for event ids, which compare as numbers and not as text.

    >>> sorted(["10-0", "9-1", "9-0"], key=id_order)
    ['9-0', '9-1', '10-0']
    """
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence or 0)
