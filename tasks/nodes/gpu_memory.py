"""The GPU memory table: what the models of all workers use of each graphics card.

Each card has a hash in Redis with a field for each worker: its models, their sizes, when they
were last used and whether they are busy. Workers write their entries with every heartbeat, so a
wipe of Redis is repaired within seconds. An entry expires like the heartbeat of a dead worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import redis
from redis.client import Pipeline

from tasks.domain import wire
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.nodes.registry import ALIVE_SECONDS, clock
from tasks.telemetry.dropped import Dropped

_dropped = Dropped("an entry of a graphics card")
FORGOTTEN_SECONDS = 86_400
"""The table of a card without reports is removed after this time."""

ASKED_SECONDS = 10
"""Seconds after which an unload request expires; its worker is gone."""


@dataclass(frozen=True, slots=True)
class CardId:
    """The id of a card, and the size of its memory."""

    name: str
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Model:
    """A model on a card."""

    worker: str
    name: str
    """STAGE/ENGINE."""
    mb: int
    used: float
    """When a stage last started or finished with it, by the clock of Redis."""
    busy: bool


@dataclass(frozen=True, slots=True)
class WorkerUsage:
    """What a worker uses of a card."""

    models: tuple[Model, ...] = ()
    base_mb: int = 0
    """What its process uses besides its models."""

    @property
    def mb(self) -> int:
        return self.base_mb + sum(model.mb for model in self.models)

    def to_json(self, seen: float) -> str:
        return json.dumps({**asdict(self), "seen": seen}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the table in Redis."""

    models: tuple[Model, ...]
    base_mb: int
    seen: float


def to_unload(tenants: Iterable[WorkerUsage], size_mb: int, wanted_mb: int) -> list[Model] | None:
    """Choose the idle models to unload, least recently used first.

    None while too much is busy. A model larger than the card is admitted when it is alone.

    >>> old, new = Model("a", "x", 40, 1.0, False), Model("b", "y", 40, 2.0, False)
    >>> [[m.name for m in to_unload([WorkerUsage((new, old))], 100, mb)] for mb in (20, 50, 200)]
    [[], ['x'], ['x', 'y']]
    >>> to_unload([WorkerUsage((Model("a", "x", 90, 1.0, True),))], 100, 50) is None
    True
    """
    workers = list(tenants)
    free = size_mb - sum(tenant.mb for tenant in workers)
    wanted = min(wanted_mb, size_mb - sum(tenant.base_mb for tenant in workers))
    idle = [model for tenant in workers for model in tenant.models if not model.busy]
    unloaded: list[Model] = []
    for model in sorted(idle, key=lambda model: model.used):
        if free >= wanted:
            break
        unloaded.append(model)
        free += model.mb
    return unloaded if free >= wanted else None


class GpuMemoryTable:
    """The memory table of one card."""

    def __init__(self, client: redis.Redis, card_id: str, size_mb: int) -> None:
        self._client = client
        self._key = keys.gpu_memory(card_id)
        self._size = size_mb

    def admit(self, worker: str, tenant: WorkerUsage, wanted: Model) -> list[Model] | None:
        """Admit a model; return [], or the models to unload first, or None if that cannot help.

        The check and the entry are one transaction.
        """

        def attempt(pipe: Pipeline) -> list[Model] | None:
            now = clock(pipe)
            others = {k: t for k, t in _alive(pipe, self._key, now).items() if k != worker}
            in_the_way = to_unload([tenant, *others.values()], self._size, wanted.mb)
            pipe.multi()
            if in_the_way == []:
                grown = WorkerUsage((*tenant.models, wanted), tenant.base_mb)
                pipe.hset(self._key, worker, grown.to_json(now))
            return in_the_way

        admitted: list[Model] | None = self._client.transaction(
            attempt,  # type: ignore[arg-type]  # the type of its result is not declared
            self._key,
            value_from_callable=True,
        )
        return admitted

    def report(self, worker: str, tenant: WorkerUsage) -> None:
        """Write what a worker uses now."""
        self._client.hset(self._key, worker, tenant.to_json(clock(self._client)))
        self._client.expire(self._key, FORGOTTEN_SECONDS)

    def tenants(self) -> dict[str, WorkerUsage]:
        """Return the workers on the card and what they use of it."""
        return _alive(self._client, self._key, clock(self._client))

    def leave(self, worker: str) -> None:
        self._client.hdel(self._key, worker)

    def request_unload(self, model: Model) -> None:
        """Ask the worker of a model to unload it; it is ignored while the model is in use."""
        pipe = self._client.pipeline(transaction=False)
        pipe.lrem(keys.unload_requests(model.worker), 0, model.name)
        pipe.rpush(keys.unload_requests(model.worker), model.name)
        pipe.expire(keys.unload_requests(model.worker), ASKED_SECONDS)
        pipe.execute()


def unload_requests(client: redis.Redis, worker: str, seconds: int) -> str:
    """Wait for the next unload request; return its model, or "" after the time."""
    received: Any = client.blpop([keys.unload_requests(worker)], timeout=seconds)
    return received[1] if received else ""


def model_size_mb(client: redis.Redis, what: str) -> int | None:
    """Return the largest measured size of a model; None if it was never measured."""
    known: Any = client.hget(keys.MODEL_SIZES, what)
    return int(known) if isinstance(known, str) and known.isdecimal() else None


def record_model_size(client: redis.Redis, what: str, mb: int) -> None:
    """Store the measured size of a model, if it is larger than the known one."""
    if mb > (model_size_mb(client, what) or 0):
        client.hset(keys.MODEL_SIZES, what, mb)


def _alive(client: redis.Redis, key: str, now: float) -> dict[str, WorkerUsage]:
    raw: Any = client.hgetall(key)
    entries = {worker: _parse(text) for worker, text in raw.items()}
    return {
        worker: WorkerUsage(entry.models, entry.base_mb)
        for worker, entry in entries.items()
        if entry is not None and now - entry.seen <= ALIVE_SECONDS
    }


def _parse(text: str) -> _Entry | None:
    """Parse the entry of a worker; None if it is not valid."""
    try:
        return wire.build(_Entry, wire.parse(text))
    except Malformed as error:
        _dropped.count(str(error))
        return None
