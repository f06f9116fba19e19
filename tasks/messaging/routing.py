"""Choose the queue of a step: that of the environment in its plan."""

from __future__ import annotations

from typing import Final

from config.environments import ENVIRONMENTS
from config.stages import ALL_STAGES
from tasks.domain.plan import Step

STAGE_TASKS: dict[str, str] = {stage: f"stage.{stage}" for stage in ALL_STAGES}
"""Task names, readable in Flower."""

PRIORITIES: Final = (3, 6, 9)
"""kombu's priorities except the highest, which has no suffix; a worker reads all four lists."""


def queue_of(step: Step) -> str:
    """Return the queue of a step, named after its environment; raise for an unknown one."""
    return ENVIRONMENTS[step.engine.environment].name


def lists_of(queue: str) -> tuple[str, ...]:
    """Return the lists in Redis that make up one kombu queue."""
    return (queue, *(f"{queue}\x06\x16{priority}" for priority in PRIORITIES))


def unacked(environment: str) -> dict[str, str]:
    """Return the kombu options for the notes of taken messages of one environment.

    The index and the mutex are used by workers of versions before 1.1 only.

    Each environment has its own keys, so that a node with a token needs no rights to those of
    others (`tasks/nodes/rights.py`).
    """
    return {
        "unacked_key": f"unacked:{environment}",
        "unacked_index_key": f"unacked_index:{environment}",
        "unacked_mutex_key": f"unacked_mutex:{environment}",
    }
