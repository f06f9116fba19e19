"""A step that broke here goes to a worker that has not tried it: that counts as no attempt."""

from __future__ import annotations

import redis

from tasks import keys, nodes
from tasks.domain.plan import Step

REMEMBERED_SECONDS = 3600


class Handover:
    """Who has broken on one delivery of one step, and who is left."""

    def __init__(
        self, client: redis.Redis, task_id: str, step: Step, worker: str, tried: frozenset[str]
    ) -> None:
        self._client = client
        self._key = keys.broke(task_id)
        self._step = step
        self._worker = worker
        self.tried = tried

    def note(self) -> None:
        """This worker cannot do it."""
        pipe = self._client.pipeline(transaction=False)
        pipe.sadd(self._key, self._worker)
        pipe.expire(self._key, REMEMBERED_SECONDS)
        pipe.smembers(self._key)
        self.tried = frozenset(pipe.execute()[-1])

    def due(self) -> bool:
        """Whether this worker has broken on it and another one may not."""
        if self._worker not in self.tried:
            return False
        engine = self._step.engine
        return any(
            node.name not in self.tried and node.takes(self._step.stage, engine)
            for node in nodes.alive(self._client)
        )
