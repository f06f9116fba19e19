"""A step that broke here goes to a worker that has not tried it: that counts as no attempt."""

from __future__ import annotations

from typing import Any

import redis

from tasks import keys, nodes
from tasks.domain.plan import Step

REMEMBERED_SECONDS = 3600


class Handover:
    """Who has broken on one delivery of one step, and who is left."""

    def __init__(self, client: redis.Redis, task_id: str, step: Step, worker: str) -> None:
        self._client = client
        self._key = keys.broke(task_id)
        self._step = step
        self._worker = worker

    def note(self) -> None:
        """This worker cannot do it."""
        self._client.sadd(self._key, self._worker)
        self._client.expire(self._key, REMEMBERED_SECONDS)

    def tried(self) -> set[str]:
        """The workers that broke on it."""
        tried: Any = self._client.smembers(self._key)
        return set(tried)

    def due(self) -> bool:
        """Whether this worker has broken on it and another one may not."""
        tried = self.tried()
        if self._worker not in tried:
            return False
        engine = self._step.engine
        return any(
            node.name not in tried and node.takes(self._step.stage, engine)
            for node in nodes.alive(self._client)
        )
