"""Where a step goes: the queue of the environment that its plan chose."""

from __future__ import annotations

from typing import Final

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from tasks.domain.plan import Step

STAGE_TASKS: dict[str, str] = {stage: f"stage.{stage}" for stage in STAGES}
"""Task names, readable in Flower."""

PRIORITIES: Final = (3, 6, 9)
"""kombu's below the highest, which nothing of ours is sent with: a worker asks for all four."""


def queue_of(step: Step) -> str:
    """The queue is named after the environment; an unknown one is refused here, not lost there."""
    return ENVIRONMENTS[step.engine.environment].name


def lists_of(queue: str) -> tuple[str, ...]:
    """The lists in Redis that kombu makes of one queue."""
    return (queue, *(f"{queue}\x06\x16{priority}" for priority in PRIORITIES))


def unacked(environment: str) -> dict[str, str]:
    """Where workers of one environment keep the messages that they have taken.

    Apart from the others', so that a node which may touch its own needs no right to theirs
    (`tasks/nodes/rights.py`). Options of kombu's transport.
    """
    return {
        "unacked_key": f"unacked:{environment}",
        "unacked_index_key": f"unacked_index:{environment}",
        "unacked_mutex_key": f"unacked_mutex:{environment}",
    }
