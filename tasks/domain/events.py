"""The events, once: REST, Socket.IO, SSE, WebSocket and webhooks all speak this schema.

An event is what happened, not what to draw. Its id is given by the one script that
writes it (`tasks/messaging/event_bus.py`), the same on every stream, rising whatever happens to
Redis or to a clock; so "what did I miss since ID" has one answer everywhere.
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
"""Stands for a session in events that are for operators; no session is called so."""


class EventType(StrEnum):
    """Names of events, as a Socket.IO client hears them."""

    UPLOAD_SUCCESS = "upload_success"
    PROCESSING_STARTED = "processing_started"
    STAGE_STARTED = "stage_started"
    PROGRESS_UPDATE = "progress_update"
    STAGE_COMPLETED = "stage_completed"
    STAGE_FAILED = "stage_failed"
    PLAN_REVISED = "plan_revised"
    PIPELINE_COMPLETED = "pipeline_completed"
    PIPELINE_FAILED = "pipeline_failed"
    PIPELINE_CANCELLED = "pipeline_cancelled"
    RESOURCE_ALERT = "resource_alert"

    @property
    def terminal(self) -> bool:
        return self.value.startswith("pipeline_")


_ID: Final = re.compile(r"(\d{1,16})(?:-(\d{1,10}))?")
LATEST_MILLISECONDS: Final = 253_402_300_799_000
"""The end of the year 9999: no clock and no seed leads beyond it."""
_TEXTS: Final = {"session_id": 64, "job_id": 64, "stage": 32, "message": 20_000}
_MOST_SCENES: Final = 100_000

_MILESTONES: Final = frozenset(
    {EventType.PROCESSING_STARTED, EventType.STAGE_COMPLETED, EventType.PLAN_REVISED}
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a session."""

    event_type: EventType
    session_id: str
    job_id: str | None = None
    stage: str | None = None
    scene: int | None = None
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    progress_percent: float = 0.0
    """Of the whole job; computed where the event gets its id, never backwards."""
    eta_seconds: float | None = None
    event_id: str = ""
    version: int = SCHEMA_VERSION
    eta_range: tuple[float, float] | None = None
    """Of ten such jobs, one is there sooner than the first and one later than the second."""

    def numbered(self, event_id: str, percent: float, eta: str) -> Event:
        """`eta` as the bus has it: nothing, or "likely low high"."""
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
        """What this event says of its job once, and not again before the job's end.

        Redis may be wiped of an event that listeners have heard and the ledger has not; then
        it is said anew under another id, and this is how to know it again.
        """
        if self.job_id is None or self.event_type not in _MILESTONES:
            return None
        revision = self.details.get("revision")
        return self.job_id, self.event_type, revision, self.stage, self.scene

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
        # A lone surrogate has no encoding; whatever says it must not fail over that.
        return text.encode("utf-8", "replace").decode()

    @classmethod
    def from_dict(cls, raw: Any) -> Event:
        """An event as another process or an older row describes it, or `Malformed`."""
        return _read(wire.checked(raw))

    @classmethod
    def from_json(cls, text: str | bytes) -> Event:
        return _read(wire.parse(text))

    def stamped(self, event_id: str, percent: str, eta: str) -> Event:
        """With what the script gave it, read as strictly as the rest; `eta` as in `numbered`."""
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
    """Refuse what is no id, or one of a time that no clock of ours reaches."""
    found = _ID.fullmatch(event_id)
    if found is None or int(found[1]) > LATEST_MILLISECONDS or int(found[2] or 0) > 2**31 - 1:
        raise Malformed("not the id of an event")


def id_order(event_id: str) -> tuple[int, int]:
    """Event ids compare by number, not by letter.

    >>> sorted(["10-0", "9-1", "9-0"], key=id_order)
    ['9-0', '9-1', '10-0']
    """
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence or 0)
