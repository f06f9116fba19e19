"""The events that webhooks can receive, and their form."""

from __future__ import annotations

import secrets
import time
from typing import Any, Final

from tasks.domain.events import SCHEMA_VERSION, EventType

ENDS: Final = (
    EventType.PIPELINE_COMPLETED.value,
    EventType.PIPELINE_FAILED.value,
    EventType.PIPELINE_CANCELLED.value,
)
"""What a webhook receives that names no events, and what the `webhook_url` of a job receives."""
RECOVERED: Final = "attempt.recovered"
TEST: Final = "webhook.test"
"""Only sent on request."""
TYPES: Final = (
    EventType.UPLOAD_SUCCESS.value,
    EventType.UPLOAD_EXAMINED.value,
    EventType.PROCESSING_STARTED.value,
    EventType.STAGE_COMPLETED.value,
    EventType.STAGE_FAILED.value,
    EventType.PLAN_REVISED.value,
    EventType.CONSENT_WITHDRAWN.value,
    *ENDS,
    RECOVERED,
)


def own_event(kind: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
    """Create an event about a webhook itself, in the form of all others."""
    # The second number is larger than that of any event of Redis, so no ids are equal.
    event_id = f"{time.time_ns() // 1_000_000}-{1_000_000 + secrets.randbelow(900_000_000)}"
    return {
        "version": SCHEMA_VERSION,
        "event_id": event_id,
        "event_type": kind,
        "session_id": None,
        "job_id": None,
        "stage": None,
        "scene": None,
        "progress_percent": None,
        "eta_seconds": None,
        "eta_range": None,
        "message": message,
        "details": details,
    }
