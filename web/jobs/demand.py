"""How much work there is for each environment, and how many workers that asks for.

The one definition: KEDA reads it from `/metrics` (`callsheet_workers_wanted`), `callsheet
autoscale` and operators from `GET /load`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.environments import ENVIRONMENTS
from tasks.messaging.routing import lists_of
from tasks.nodes import registry
from web.jobs.models import PIPELINE, Job

STAGES_A_WORKER: Final = 2
"""Waiting stages that one more worker is asked for."""
JOBS_A_WORKER: Final = 10
"""The same of jobs in line: only as many are dispatched as the workers there are have use for,
so the queues alone do not tell how long the line is."""


@dataclass(frozen=True, slots=True)
class Load:
    """The work for one environment."""

    environment: str
    waiting: int
    """Stages in its queue."""
    running: int
    """Stages that its workers do; those that shall end are not counted."""
    in_line: int
    """Jobs that are not dispatched yet."""
    workers: int
    """Those that take work."""

    @property
    def wanted(self) -> int:
        """Workers: one for each running stage, and more for what waits.

        >>> [Load("lite", w, r, j, 1).wanted for w, r, j in ((0, 0, 0), (0, 3, 0), (4, 3, 10))]
        [0, 3, 6]
        """
        more = self.waiting / STAGES_A_WORKER + self.in_line / JOBS_A_WORKER
        return self.running + math.ceil(more)


def loads(client: redis.Redis, db: Session) -> list[Load]:
    """Of every environment, now."""
    alive = [node for node in registry.alive(client) if not node.draining]
    in_line = _in_line(db)
    return [
        Load(
            environment=name,
            waiting=waiting,
            running=sum(node.environment == name and bool(node.doing) for node in alive),
            in_line=in_line,
            workers=sum(node.environment == name for node in alive),
        )
        for name, waiting in depths(client).items()
    ]


def depths(client: redis.Redis) -> dict[str, int]:
    """How many stages wait for each environment: a queue is a list for each priority."""
    pipe = client.pipeline(transaction=False)
    for name in ENVIRONMENTS:
        for waiting in lists_of(name):
            pipe.llen(waiting)
    lengths: list[Any] = pipe.execute()
    step = len(lengths) // len(ENVIRONMENTS)
    return {name: sum(lengths[n * step :][:step]) for n, name in enumerate(ENVIRONMENTS)}


def _in_line(db: Session) -> int:
    waiting = select(func.count()).where(Job.is_waiting, Job.kind == PIPELINE)
    return db.scalar(waiting) or 0
