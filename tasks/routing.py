"""Where a step goes: the queue of the environment that its plan chose."""

from __future__ import annotations

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from tasks.domain.plan import Step

STAGE_TASKS: dict[str, str] = {stage: f"stage.{stage}" for stage in STAGES}
"""Task names, readable in Flower."""


def queue_of(step: Step) -> str:
    """The queue is named after the environment; an unknown one is refused here, not lost there."""
    return ENVIRONMENTS[step.engine.environment].name
