"""Heartbeats: which workers are alive, what they can run and what they run now."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import redis

from config.environments import ENVIRONMENTS, HOSTED, queues_served
from config.stages import ALL_STAGES
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
"""A worker without a heartbeat for this time hangs, or computes without releasing the GIL."""
DRAINED_SECONDS = 86_400
"""How long a drain request is kept."""


_dropped = Dropped("a heartbeat of a worker")


@dataclass(frozen=True, slots=True)
class _Card:
    """The graphics card of a node, as in its heartbeat."""

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
    """Its loaded models (STAGE/ENGINE), least recently used first."""
    load_seconds: dict[str, float] = field(default_factory=dict)
    """How long loading each of its models took."""
    warm_calls: int = 0
    """Stages that found their model loaded."""
    cold_calls: int = 0
    card: dict[str, Any] | None = None
    """Its graphics card, and what its models use of it; None on a CPU."""
    doing: str = ""
    """The id of the task it runs now; reported by the stage and not by the heartbeat."""
    started: float = 0.0
    seen: float = 0.0
    draining: bool = False
    examines: tuple[str, ...] = ()
    """The kinds of uploaded files that it can examine."""
    """Whether it was asked to take no new work."""
    metrics: str = ""
    """Address of its metrics; empty if it serves none."""
    in_reach: tuple[str, ...] | None = None
    """The queues on its broker; None: all."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def warm_share(self) -> float | None:
        """Share of its stages that found their model loaded; None before the first stage."""
        calls = self.warm_calls + self.cold_calls
        return self.warm_calls / calls if calls else None

    @property
    def queues(self) -> set[str]:
        """The queues that it takes messages from."""
        useful = useful_queues(
            self.environment, self.offers, calls=bool(self.extra.get("providers"))
        )
        return useful if self.in_reach is None else useful & set(self.in_reach)

    def takes(self, stage: str, engine: EngineChoice) -> bool:
        """Return whether this node can run a step that is planned on this engine."""
        return engine.environment in self.queues and any(
            offer.ok and offer.stage == stage and offer.is_of(engine) for offer in self.offers
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Node:
        """Parse a heartbeat; raise `Malformed`. Unknown fields of a newer worker are ignored."""
        node = wire.build(cls, wire.parse(text))
        if node.environment not in ENVIRONMENTS:
            raise Malformed("the environment of a node is unknown")
        if node.card is not None:
            wire.build(_Card, node.card)
        if "usage" in node.extra:
            Usage.from_dict(node.extra["usage"])
        return replace(node, offers=tuple(o for o in node.offers if o.stage in ALL_STAGES))

    @property
    def usage(self) -> Usage | None:
        """The host metrics in its heartbeat, if there are any."""
        return Usage.from_dict(self.extra["usage"]) if "usage" in self.extra else None


def useful_queues(environment: str, offers: Iterable[Offer], *, calls: bool) -> set[str]:
    """Return the queues of an environment for which it has a working engine.

    `calls`: whether it has a key of a provider. A worker of `hosted` takes calls without one, too,
    and says that it has none; others leave them to it.
    """
    able = {offer.stage for offer in offers if offer.ok}
    able |= {HOSTED} if calls or environment == HOSTED else set()
    return {name for name in queues_served(environment) if able & _served(name)}


def _served(queue: str) -> frozenset[str]:
    """Return what is sent to a queue; `lite` has stages only, the other queue has the calls."""
    return ENVIRONMENTS[queue].work if queue == HOSTED else frozenset(ENVIRONMENTS[queue].stages)


def workers_by_queue(nodes: Iterable[Node]) -> dict[str, int]:
    """Count the workers that take messages from each queue."""
    return Counter(queue for node in nodes if not node.draining for queue in node.queues)


def send_heartbeat(client: redis.Redis, node: Node) -> None:
    """Write a heartbeat, with a timestamp of Redis because the clocks of nodes may differ."""
    stamped = json.loads(node.to_json()) | {"seen": clock(client)}
    client.hset(keys.NODES, node.name, json.dumps(stamped, separators=(",", ":")))


def mark_idle(client: redis.Redis, name: str) -> None:
    """Note that a worker runs nothing; a process of the same name may have died at work."""
    client.hdel(keys.RUNNING_TASKS, name)


def extend_heartbeat(client: redis.Redis, name: str) -> None:
    """Keep a silent node registered while its next process starts."""
    row: Any = client.hget(keys.NODES, name)
    node = None if row is None else _node(name, row)
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
    """Ask a worker to finish its current stage and take no new work."""
    client.set(keys.drained(name), "1", ex=DRAINED_SECONDS)


def resume(client: redis.Redis, name: str) -> None:
    """Undo `drain`."""
    client.delete(keys.drained(name))


def is_draining(client: redis.Redis, name: str) -> bool:
    """Return whether a worker was asked to take no new work."""
    return bool(client.exists(keys.drained(name)))


def known(client: redis.Redis) -> list[Node]:
    """Return all nodes with a heartbeat in the last minutes; some may be too busy to send one."""
    return _heartbeats(client)[0]


def alive(client: redis.Redis) -> list[Node]:
    """Return the live nodes, sorted by name, and remove the dead ones."""
    nodes, now = _heartbeats(client)
    for node in nodes:
        if now - node.seen > 20 * ALIVE_SECONDS:
            leave(client, node.name)
    return sorted((n for n in nodes if now - n.seen <= ALIVE_SECONDS), key=lambda n: n.name)


def _heartbeats(client: redis.Redis) -> tuple[list[Node], float]:
    """Return all nodes and the time of Redis."""
    pipe = client.pipeline(transaction=False)
    pipe.hgetall(keys.NODES)
    pipe.hgetall(keys.RUNNING_TASKS)
    pipe.time()
    beats, doing, time = pipe.execute()
    nodes = [_known_node(_text(name), text) for name, text in beats.items()]
    for name in set(_parsed) - {_text(name) for name in beats}:
        _parsed.pop(name, None)
    return [replace(n, doing=doing.get(n.name, "")) for n in nodes if n], _seconds(time)


def _text(name: str | bytes) -> str:
    """Decode a name; probes use a client in bytes."""
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


_parsed: dict[str, tuple[str, Node | None]] = {}
"""The last heartbeat of each node, as text and parsed."""


def _known_node(name: str, text: str) -> Node | None:
    """Parse a heartbeat, unless it is the one that was parsed last."""
    known = _parsed.get(name)
    if known is None or known[0] != text:
        known = _parsed[name] = text, _node(name, text)
    return known[1]


def _node(name: str, text: str) -> Node | None:
    """Parse a heartbeat; None if it is not valid.

    A node that writes an invalid entry, or another node's name, is left out; others are not.
    """
    try:
        node = Node.from_json(text)
        if node.name != name:
            raise Malformed("the name of a node differs from its entry")
    except Malformed as error:
        _dropped.count(str(error))
        return None
    return node


def clock(client: redis.Redis) -> float:
    """Return the time of Redis, the clock that all machines share."""
    return _seconds(client.time())


def _seconds(time: tuple[int, int]) -> float:
    seconds, micros = time
    return float(seconds) + float(micros) / 1e6
