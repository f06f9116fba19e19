"""A worker that has a step's model loaded takes it first; one that has not waits a while.

A cold worker puts the message back as long as a warm one has nothing to do. Redis serves the
workers that wait in turn and who puts back stands at the end of that line, so the message
reaches every other one first. Each warm worker is left one step at a time: the next one in a
burst is begun cold at once. Nobody is waited for longer than loading took the warm one.
A worker that is warm itself asks nobody: where all are, this costs nothing.

A step that broke on one worker goes to another that has not tried it: that counts as no attempt.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import redis

from tasks.domain.plan import EngineChoice
from tasks.messaging import keys
from tasks.messaging.stage_call import StageCall
from tasks.nodes import registry
from tasks.nodes.registry import Node

WORTH_SECONDS: Final = 0.05
"""A model that loads faster is loaded: to put a message back costs half of this."""
EXPECTED_MS: Final = 5000
"""Until a worker that has begun is known to be busy, with room to spare."""
AGAIN_SECONDS: Final = 0.1
REMEMBERED_MS: Final = 3_600_000
REMEMBERED_SECONDS: Final = REMEMBERED_MS // 1000


class WarmAffinity:
    """Whether one delivery of one step is left to somebody else."""

    def __init__(
        self,
        client: redis.Redis,
        call: StageCall,
        engine: EngineChoice,
        tried: Collection[str] = (),
    ) -> None:
        self._client = client
        self._task_id = call.task_id
        self._stage = call.stage
        self._engine = engine
        self._model = f"{call.stage}/{engine.name}"
        self._tried = tried

    def pause(self) -> float | None:
        """Seconds until the step may come here again; None: it is done here and now."""
        able = [n for n in registry.alive(self._client) if n.takes(self._stage, self._engine)]
        warm = [node for node in able if node.load_seconds.get(self._model, 0.0) > WORTH_SECONDS]
        free = self._free([node for node in warm if self._model in node.warm])
        if not free:
            return None
        times, waited = self._handed_on()
        if waited >= max(node.load_seconds[self._model] for node in free):
            return None
        if times == 1 and not any(self._reserve(node.name) for node in free):
            return None
        return 0.0 if times <= len(able) else AGAIN_SECONDS

    def _free(self, warm: list[Node]) -> list[Node]:
        """Those with nothing to do, and on which the step has not broken.

        A process that was killed at work did not say that it has ended; no pulse says so for it.
        """
        if not warm:
            return []
        pulses: Any = self._client.mget([keys.step_heartbeat(node.doing) for node in warm])
        pairs = zip(warm, pulses, strict=True)
        return [node for node, pulse in pairs if pulse is None and node.name not in self._tried]

    def _handed_on(self) -> tuple[int, float]:
        """How often that was considered, this time included, and since how many seconds."""
        key = keys.failed_over(self._task_id)
        pipe = self._client.pipeline(transaction=False)
        pipe.set(key, 0, nx=True, px=REMEMBERED_MS)
        pipe.incr(key)
        pipe.pttl(key)
        _, times, left = pipe.execute()
        return int(times), (REMEMBERED_MS - int(left)) / 1000

    def _reserve(self, node: str) -> bool:
        """Not while another step that was left to it is on its way there, or at work."""
        key = keys.expected_worker(node)
        other: Any = self._client.get(key)
        if other is not None and self._client.exists(keys.step_heartbeat(other)):
            return False
        self._client.set(key, self._task_id, px=EXPECTED_MS)
        return True


def note_broken(client: redis.Redis, task_id: str, worker: str) -> frozenset[str]:
    """Note that the engine broke on this worker; returns every worker on which it did."""
    key = keys.engine_failures(task_id)
    pipe = client.pipeline(transaction=False)
    pipe.sadd(key, worker)
    pipe.expire(key, REMEMBERED_SECONDS)
    pipe.smembers(key)
    return frozenset(pipe.execute()[-1])


def others_can(
    client: redis.Redis, stage: str, engine: EngineChoice, tried: Collection[str]
) -> bool:
    """Whether there is a worker that may run a step and has not tried it."""
    return any(
        node.name not in tried and node.takes(stage, engine) for node in registry.alive(client)
    )
