"""The controller reads at once what asks for a decision, and gathers what only reports."""

from __future__ import annotations

import pytest

from config.stages import ALL_STAGES
from tasks.domain import hosted
from tasks.domain.decisions import asks_for_decision
from tasks.domain.events import Event, EventType

REPORTS = {
    "processing_started",
    "stage_started",
    "progress_update",
    "pipeline_completed",
    "pipeline_failed",
    "pipeline_cancelled",
}


@pytest.mark.parametrize(
    "kind", [kind for kind in EventType if kind is not EventType.STAGE_COMPLETED]
)
def test_all_but_reports_ask_for_a_decision(kind: EventType) -> None:
    assert asks_for_decision(Event(kind, "s", "j", "assemble")) is (kind.value not in REPORTS)


def test_only_the_last_stage_of_a_job_asks_for_one() -> None:
    done = {
        stage
        for stage in (*ALL_STAGES, hosted.STAGE)
        if asks_for_decision(Event(EventType.STAGE_COMPLETED, "s", "j", stage))
    }
    assert done == {"assemble", "check", "analyse", hosted.STAGE}
