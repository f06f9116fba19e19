"""The steps of a job in the order of its canvas, as arrays of small integers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tasks.domain.plan import Plan, Step
from tasks.messaging.pipeline import priorities, rounds
from tasks.messaging.routing import queue_of

LAST = -1


@dataclass(slots=True)
class Graph:
    """Rounds follow each other; the branches of a round run in parallel."""

    steps: list[Step] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    """The queue of each step."""
    priorities: list[int] = field(default_factory=list)
    follower: list[int] = field(default_factory=list)
    """The next step of the same branch, or `LAST`."""
    heads: list[list[int]] = field(default_factory=list)
    """The first steps of each round."""


def compiled(
    plan: Plan, done: Collection[str] = (), workers: Mapping[str, int] | None = None
) -> Graph:
    """Compile what the canvas of a plan sends; steps that are done are left out."""
    graph = Graph()
    left = rounds(plan, done)
    priority = priorities(left, workers or {})
    for branches in left:
        heads = []
        for branch in branches:
            heads.append(len(graph.steps))
            for step in branch:
                graph.steps.append(step)
                graph.queues.append(queue_of(step))
                graph.priorities.append(priority(step.scene))
                graph.follower.append(len(graph.steps))
            graph.follower[-1] = LAST
        graph.heads.append(heads)
    return graph
