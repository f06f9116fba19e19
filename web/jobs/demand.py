"""Measure the work for each environment, and how many workers it needs.

KEDA reads it from `/metrics` (`callsheet_workers_wanted`), `callsheet
autoscale` and operators from `GET /load`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.environments import ENVIRONMENTS
from tasks.domain.autoscaling import needed
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer
from tasks.messaging.routing import lists_of
from tasks.nodes import registry
from web.jobs.models import PIPELINE, Job
from web.services import Services

STAGES_A_WORKER: Final = 2
"""Waiting stages that ask for one more worker."""
JOBS_A_WORKER: Final = 10
"""Waiting jobs that do. Only as many jobs are dispatched as the present workers can use, so the
queues of stages alone do not show how many wait."""
_SAMPLE: Final = 200
"""The waiting jobs that are read, those whose turn comes first."""


@dataclass(frozen=True, slots=True)
class Load:
    """The work for one environment."""

    environment: str
    waiting: int
    """Stages in its queue."""
    running: int
    """Stages that its workers run; draining workers do not count."""
    in_line: int
    """Jobs that wait for a dispatch and need this environment."""
    workers: int
    """Workers that accept work."""

    @property
    def wanted(self) -> int:
        """Compute the workers needed: one for each running stage, and more for what waits.

        >>> [Load("lite", w, r, j, 1).wanted for w, r, j in ((0, 0, 0), (0, 3, 0), (4, 3, 10))]
        [0, 3, 6]
        """
        more = self.waiting / STAGES_A_WORKER + self.in_line / JOBS_A_WORKER
        return self.running + math.ceil(more)


def loads(services: Services, db: Session, autoscaled: Collection[str]) -> list[Load]:
    """Measure the present load of every environment."""
    alive = [node for node in registry.alive(services.redis) if not node.draining]
    in_line = _in_line(db, [offer for node in alive for offer in node.offers], autoscaled)
    return [
        Load(
            environment=name,
            waiting=waiting,
            running=sum(node.environment == name and bool(node.doing) for node in alive),
            in_line=in_line[name],
            workers=sum(node.environment == name for node in alive),
        )
        for name, waiting in depths(services.queues).items()
    ]


def depths(brokers: Iterable[tuple[redis.Redis, list[str]]]) -> dict[str, int]:
    """Count the waiting stages of each environment: its queue is one list for each priority."""
    found: dict[str, int] = {}
    for client, environments in brokers:
        pipe = client.pipeline(transaction=False)
        for name in environments:
            for waiting in lists_of(name):
                pipe.llen(waiting)
        lengths: list[Any] = pipe.execute()
        step = len(lengths) // len(environments)
        found |= {name: sum(lengths[n * step :][:step]) for n, name in enumerate(environments)}
    return {name: found[name] for name in ENVIRONMENTS}


def _in_line(db: Session, offers: Sequence[Offer], autoscaled: Collection[str]) -> dict[str, int]:
    """Count the waiting jobs by the environments that they need; of many, by a sample."""
    waiting = Job.is_waiting, Job.kind == PIPELINE
    total = db.scalar(select(func.count()).where(*waiting)) or 0
    sample = db.scalars(select(Job.options).where(*waiting).order_by(Job.rank).limit(_SAMPLE)).all()
    counts = Counter(
        environment
        for options in sample
        for environment in needed(offers, JobOptions(**options), autoscaled)
    )
    return {name: math.ceil(counts[name] * total / max(len(sample), 1)) for name in ENVIRONMENTS}
