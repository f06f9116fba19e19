"""Emit the events of one step, from the worker that runs it or the dispatch that reuses it."""

from __future__ import annotations

import logging
from typing import Any

import redis

from tasks.domain.errors import CallsheetError
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.domain.plan import Plan, Step
from tasks.messaging.emission import Advance
from tasks.messaging.event_bus import Emitter
from tasks.messaging.stage_call import StageCall, completion_reference

log = logging.getLogger(__name__)


class StageEvents:
    """Emits the events of one step."""

    def __init__(
        self, bus: Emitter, plan: Plan, step: Step, call: StageCall, *, worker: str, device: str
    ) -> None:
        self._bus = bus
        self._plan = plan
        self._step = step
        self._call = call
        self._base: dict[str, Any] = {
            "attempt": call.attempt,
            "revision": call.revision,
            "engine": step.engine.name,
            "kind": step.engine.kind,
            "worker": worker,
            "device": device,
        }

    def started(self) -> Event:
        """Return the event of the start, which is emitted when the lease is acquired."""
        return self._event(EventType.STAGE_STARTED, f"{self._label} started", self._base)

    def progress(self, fraction: float, message: str) -> None:
        details = self._base | {"stage_percent": round(100 * fraction, 1)}
        try:
            self._emit(EventType.PROGRESS_UPDATE, message or self._label, details, fraction)
        except redis.RedisError as error:
            log.debug("progress update not sent", extra={"error": type(error).__name__})

    def completed(
        self,
        artifact: str,
        facts: dict[str, Any],
        *,
        found: bool,
        seconds: float,
        emitter: Emitter | None = None,
    ) -> None:
        """Report the completion, once for each revision even if the step is reused again.

        A lease is an emitter too: it is released with the event.
        """
        details = self._base | {
            "stage_percent": 100.0,
            "artifact": artifact,
            "facts": facts,
            "found": found,
            "seconds": round(seconds, 3),
        }
        call = self._call
        reference = completion_reference(call.job_id, call.revision, self._step.name)
        event = self._event(EventType.STAGE_COMPLETED, f"{self._label} done", details)
        (emitter or self._bus).emit(event, self._advance(1.0), reference)

    def failed(self, error: CallsheetError) -> None:
        details = self._base | Failure.of_error(error).of_stage()
        self._emit(EventType.STAGE_FAILED, error.user_message, details)

    @property
    def _label(self) -> str:
        scene = "" if self._step.scene is None else f" of scene {self._step.scene + 1}"
        return f"{self._step.stage}{scene}"

    def _emit(
        self, event_type: EventType, message: str, details: dict[str, Any], fraction: float = 0.0
    ) -> None:
        self._bus.emit(self._event(event_type, message, details), self._advance(fraction))

    def _event(self, event_type: EventType, message: str, details: dict[str, Any]) -> Event:
        return Event(
            event_type=event_type,
            session_id=self._plan.session_id,
            job_id=self._plan.job_id,
            stage=self._step.stage,
            scene=self._step.scene,
            message=message,
            details=details,
        )

    def _advance(self, fraction: float) -> Advance:
        return Advance(self._step.name, self._step.weight * fraction)
