"""Prefer workers that have a step's model loaded.

A cold worker requeues the message while a warm worker is idle. Redis serves waiting workers in
turn, so the message reaches every other worker first. One step at a time is left to each warm
worker; further steps of a burst start cold at once. The delay is never longer than loading the
model took. A warm worker runs the step without any check.

A step that failed on one worker is left to a worker that has not tried it, without counting an
attempt.
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
"""Models that load faster are loaded at once: requeuing a message costs half of this."""
EXPECTED_MS: Final = 5000
"""A generous time until a worker that has started a step is known to be busy."""
AGAIN_SECONDS: Final = 0.1
MOST_TIMES: Final = 20
"""In a fleet of thousands, hundreds of cold workers would return a step before a warm one's turn:
more than this many cost more than loading the model on one of them."""
REMEMBERED_MS: Final = 3_600_000
REMEMBERED_SECONDS: Final = REMEMBERED_MS // 1000


class WarmAffinity:
    """Decides whether to leave a delivered step to another worker."""

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
        """Return for how many seconds to requeue the step; None: run it now."""
        able = [n for n in registry.alive(self._client) if n.takes(self._stage, self._engine)]
        warm = [node for node in able if node.load_seconds.get(self._model, 0.0) > WORTH_SECONDS]
        free = self._free([node for node in warm if self._model in node.warm])
        if not free:
            return None
        times, waited = self._handed_on()
        longest = max(node.load_seconds[self._model] for node in free)
        reserved = times > 1 or any(self._reserve(node.name) for node in free)
        return pause_seconds(longest, len(able), times, waited, reserved=reserved)

    def _free(self, warm: list[Node]) -> list[Node]:
        """Return the idle workers on which the step has not failed.

        A process that was killed could not report that it is idle; its heartbeat key expires.
        """
        if not warm:
            return []
        pulses: Any = self._client.mget([keys.step_heartbeat(node.doing) for node in warm])
        pairs = zip(warm, pulses, strict=True)
        return [node for node, pulse in pairs if pulse is None and node.name not in self._tried]

    def _handed_on(self) -> tuple[int, float]:
        """Return how often the step was considered, including now, and for how many seconds."""
        key = keys.failed_over(self._task_id)
        pipe = self._client.pipeline(transaction=False)
        pipe.set(key, 0, nx=True, px=REMEMBERED_MS)
        pipe.incr(key)
        pipe.pttl(key)
        _, times, left = pipe.execute()
        return int(times), (REMEMBERED_MS - int(left)) / 1000

    def _reserve(self, node: str) -> bool:
        """Reserve a worker, unless another step was already left to it."""
        key = keys.expected_worker(node)
        other: Any = self._client.get(key)
        if other is not None and self._client.exists(keys.step_heartbeat(other)):
            return False
        self._client.set(key, self._task_id, px=EXPECTED_MS)
        return True


def pause_seconds(
    load_seconds: float, able: int, times: int, waited: float, *, reserved: bool
) -> float | None:
    """Decide for how many seconds to requeue a step while a warm worker is idle; None: run it.

    `able` workers can run the step. It was considered so many `times`, this one included, and has
    `waited` since the first; a warm worker was `reserved` for it then.

    >>> pause_seconds(8.0, 3, 1, 0.0, reserved=True), pause_seconds(8.0, 3, 4, 0.2, reserved=True)
    (0.0, 0.1)
    >>> pause_seconds(8.0, 3, 1, 0.0, reserved=False), pause_seconds(8.0, 3, 9, 8.5, reserved=True)
    (None, None)
    >>> pause_seconds(8.0, 500, 21, 0.6, reserved=True)
    """
    if waited >= load_seconds or not reserved:
        return None
    if times > able:
        return AGAIN_SECONDS
    return 0.0 if times <= MOST_TIMES else None


def note_broken(client: redis.Redis, task_id: str, worker: str) -> frozenset[str]:
    """Note that the engine failed on this worker; return all workers on which it failed."""
    key = keys.engine_failures(task_id)
    pipe = client.pipeline(transaction=False)
    pipe.append(key, f"{worker}\n")
    pipe.expire(key, REMEMBERED_SECONDS)
    pipe.get(key)
    return frozenset(pipe.execute()[-1].splitlines())


def others_can(
    client: redis.Redis, stage: str, engine: EngineChoice, tried: Collection[str]
) -> bool:
    """Return whether there is a worker that can run a step and has not tried it."""
    return any(
        node.name not in tried and node.takes(stage, engine) for node in registry.alive(client)
    )
