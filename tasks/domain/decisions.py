"""Which events ask for a decision of the controller, and which only report what clients know."""

from __future__ import annotations

from typing import Final

from tasks.domain import hosted, project_planner
from tasks.domain.events import Event, EventType

LAST: Final = "assemble"
"""The last step of a video's plan."""
LAST_STAGES: Final = frozenset({LAST, hosted.STAGE, project_planner.LAST, project_planner.ANALYSE})
"""The stages with which a job of any kind may end."""
_REPORTS: Final = frozenset(
    {
        EventType.PROCESSING_STARTED,
        EventType.STAGE_STARTED,
        EventType.STAGE_COMPLETED,
        EventType.PROGRESS_UPDATE,
        # The controller has decided these itself, and reads them again.
        EventType.PIPELINE_COMPLETED,
        EventType.PIPELINE_FAILED,
        EventType.PIPELINE_CANCELLED,
    }
)


def asks_for_decision(event: Event) -> bool:
    """Return whether the controller must read this event at once."""
    if event.event_type not in _REPORTS:
        return True
    return event.event_type is EventType.STAGE_COMPLETED and event.stage in LAST_STAGES
