"""Why a stage or a job failed: the value between events, the rows of jobs and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.domain import wire
from tasks.domain.errors import CallsheetError
from tasks.domain.events import Event


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure; a job that failed at no stage has neither stage nor engine."""

    error_code: str
    user_message: str
    retryable: bool
    retry_after: float | None = None
    """Seconds that the failing service asks to wait."""
    stage: str | None = None
    scene: int | None = None
    engine: str | None = None
    reason: str | None = None
    """For operators."""

    @classmethod
    def of_error(cls, error: CallsheetError, reason: str | None = None) -> Failure:
        """Describe an error.

        >>> Failure.of_error(CallsheetError("It broke.")).error_code
        'INTERNAL_ERROR'
        """
        retry_after = error.details.get("retry_after")
        return cls(error.code, error.user_message, error.retryable, retry_after, reason=reason)

    @classmethod
    def of_event(cls, event: Event) -> Failure:
        """Read `stage_failed`; raise `Malformed` if its details are not those of a failure."""
        return wire.build(cls, event.details, stage=event.stage, scene=event.scene, reason=None)

    def of_stage(self) -> dict[str, Any]:
        """Return the details of `stage_failed`; the event itself names the stage."""
        return {
            "error_code": self.error_code,
            "user_message": self.user_message,
            "retryable": self.retryable,
            "retry_after": self.retry_after,
        }

    def of_job(self) -> dict[str, Any]:
        """Return the details of `pipeline_failed`."""
        details = {
            "error_code": self.error_code,
            "user_message": self.user_message,
            "stage": self.stage,
            "scene": self.scene,
            "engine": self.engine,
            "retry_after": self.retry_after,
        }
        return details if self.reason is None else details | {"reason": self.reason}
