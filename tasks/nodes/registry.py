"""Heartbeats: which workers live, what they can do, and what they do now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

import redis

from config.environments import ENVIRONMENTS, queues_served
from config.stages import STAGES
from tasks.domain import wire
from tasks.domain.offers import Offer
from tasks.domain.plan import EngineChoice
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.telemetry.dropped import Dropped
from tasks.telemetry.host_metrics import Usage

ALIVE_SECONDS = 15.0
BEAT_SECONDS = 3.0
SILENT_SECONDS = 2.5 * BEAT_SECONDS
"""A worker that was not heard of for so long hangs, or computes without letting go."""
DRAINED_SECONDS = 86_400
"""Nobody waits longer for a node to go."""


_dropped = Dropped("a heartbeat of a worker")


@dataclass(frozen=True, slots=True)
class _Card:
    """What a node says of the graphics card that it is pinned to."""

    id: str
    memory_mb: int
    models: dict[str, int]


@dataclass(frozen=True, slots=True)
class Node:
    """One worker process, as it describes itself."""

    name: str
    environment: str
    host: str
    pid: int
    device: str
    memory_mb: int
    memory_limit_mb: int
    offers: tuple[Offer, ...]
    warm: tuple[str, ...] = ()
    """Its loaded models, STAGE/ENGINE; the one that was used last is the last."""
    load_seconds: dict[str, float] = field(default_factory=dict)
    """What loading each of its models took."""
    warm_calls: int = 0
    """Stages that found their model loaded."""
    cold_calls: int = 0
    card: dict[str, Any] | None = None
    """The graphics card that it is pinned to, and what its models take of it; None on a CPU."""
    doing: str = ""
    """The id of the task it runs now; not told with the beat, but by the stage itself."""
    started: float = 0.0
    seen: float = 0.0
    draining: bool = False
    """It takes nothing new, as somebody asked."""
    metrics: str = ""
    """Where it answers scrapes; empty where it does not."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def warm_share(self) -> float | None:
        """Of its stages, those that found their model loaded; None before the first."""
        calls = self.warm_calls + self.cold_calls
        return self.warm_calls / calls if calls else None

    @property
    def queues(self) -> set[str]:
        """What it takes messages from."""
        return useful_queues(self.environment, self.offers)

    def takes(self, stage: str, engine: EngineChoice) -> bool:
        """Whether a step planned on this engine may be carried out here now."""
        return engine.environment in self.queues and any(
            offer.ok and offer.stage == stage and offer.is_of(engine) for offer in self.offers
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Node:
        """A heartbeat; raises `Malformed`. A newer worker may say more, which is left out."""
        node = wire.build(cls, wire.parse(text))
        if node.environment not in ENVIRONMENTS:
            raise Malformed("the environment of a node is unknown")
        if node.card is not None:
            wire.build(_Card, node.card)
        if "usage" in node.extra:
            Usage.from_dict(node.extra["usage"])
        return replace(node, offers=tuple(o for o in node.offers if o.stage in STAGES))

    @property
    def usage(self) -> Usage | None:
        """What it told of its machine, if it did."""
        return Usage.from_dict(self.extra["usage"]) if "usage" in self.extra else None


def useful_queues(environment: str, offers: Iterable[Offer]) -> set[str]:
    """Of the queues that an environment serves, those that one of its engines can work for."""
    able = {offer.stage for offer in offers if offer.ok}
    return {name for name in queues_served(environment) if able & set(ENVIRONMENTS[name].stages)}


def send_heartbeat(client: redis.Redis, node: Node) -> None:
    """Write a heartbeat, stamped with the clock of Redis so that nodes need not agree."""
    stamped = json.loads(node.to_json()) | {"seen": clock(client)}
    client.hset(keys.NODES, node.name, json.dumps(stamped, separators=(",", ":")))


def mark_idle(client: redis.Redis, name: str) -> None:
    """It does nothing: whoever had its name before may have died at work."""
    client.hdel(keys.RUNNING_TASKS, name)


def extend_heartbeat(client: redis.Redis, name: str) -> None:
    """Leave a node on the list that has fallen silent: its next process is on its way."""
    told: Any = client.hget(keys.NODES, name)
    node = None if told is None else _node(name, told)
    if node is None:
        return
    if clock(client) - node.seen > BEAT_SECONDS + 1:
        send_heartbeat(client, replace(node, warm=()))


def leave(client: redis.Redis, name: str) -> None:
    pipe = client.pipeline(transaction=False)
    pipe.hdel(keys.NODES, name)
    pipe.hdel(keys.RUNNING_TASKS, name)
    pipe.execute()


def drain(client: redis.Redis, name: str) -> None:
    """Ask a worker to take nothing new; what it does now it ends."""
    client.set(keys.drained(name), "1", ex=DRAINED_SECONDS)


def resume(client: redis.Redis, name: str) -> None:
    """Take that back."""
    client.delete(keys.drained(name))


def is_draining(client: redis.Redis, name: str) -> bool:
    """Whether a worker was asked to take nothing new."""
    return bool(client.exists(keys.drained(name)))


def known(client: redis.Redis) -> list[Node]:
    """Every node that was heard of in the last minutes, and may be too busy to say more."""
    return _heartbeats(client)[0]


def alive(client: redis.Redis) -> list[Node]:
    """The nodes that were heard of lately, by name; the dead are swept out on the way."""
    nodes, now = _heartbeats(client)
    for node in nodes:
        if now - node.seen > 20 * ALIVE_SECONDS:
            leave(client, node.name)
    return sorted((n for n in nodes if now - n.seen <= ALIVE_SECONDS), key=lambda n: n.name)


def _heartbeats(client: redis.Redis) -> tuple[list[Node], float]:
    """All nodes, and what the time is."""
    pipe = client.pipeline(transaction=False)
    pipe.hgetall(keys.NODES)
    pipe.hgetall(keys.RUNNING_TASKS)
    pipe.time()
    beats, doing, time = pipe.execute()
    nodes = (_node(_text(name), text) for name, text in beats.items())
    return [replace(n, doing=doing.get(n.name, "")) for n in nodes if n], _seconds(time)


def _text(name: str | bytes) -> str:
    """Of a client that speaks bytes, too: probes use one."""
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


@lru_cache(maxsize=512)
def _node(name: str, text: str) -> Node | None:
    """Read once a beat, not each time that it is asked for; None if it cannot be read.

    A node that spoils its own entry, or claims another's name, is missing; the others are not.
    """
    try:
        node = Node.from_json(text)
        if node.name != name:
            raise Malformed("a node goes by another name than its entry")
    except Malformed as error:
        _dropped.count(str(error))
        return None
    return node


def clock(client: redis.Redis) -> float:
    """The one clock that all machines have in common."""
    return _seconds(client.time())


def _seconds(time: tuple[int, int]) -> float:
    seconds, micros = time
    return float(seconds) + float(micros) / 1e6
