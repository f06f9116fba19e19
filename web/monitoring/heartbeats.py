"""Heartbeats of the control plane: which web processes and controls there are, and on what.

A process that hangs or has died stops telling: within four seconds it is known to be silent,
and after some minutes it is gone from the list.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import redis

from tasks.domain import wire
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.nodes import registry
from tasks.nodes.registry import ALIVE_SECONDS, clock
from tasks.telemetry.dropped import Dropped
from tasks.telemetry.host_metrics import (
    CRITICAL,
    Observer,
    Thresholds,
    Usage,
    level,
    release_free_memory,
)
from web.services import Services

log = logging.getLogger(__name__)

LEADER: Final = "leader"
STANDBY: Final = "standby"
BEAT_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 3.5
"""Three beats were missed: whoever still lives then hangs."""
_dropped: Final = Dropped("a heartbeat of the control plane")
_RELIEF_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the control plane, as it describes itself."""

    name: str
    role: str
    """`web`, `leader` or `standby`."""
    host: str
    pid: int
    started: float
    usage: dict[str, Any] = field(default_factory=dict)
    seen: float = 0.0
    silent: float = 0.0
    """Seconds since then, when it was read."""

    @property
    def answers(self) -> bool:
        return self.silent <= SILENT_SECONDS


class ProcessHeartbeat:
    """A thread that tells of this process until its end."""

    def __init__(self, services: Services, kind: str, role: Callable[[], str]) -> None:
        self._redis = services.redis
        self._role = role
        self._observer = Observer(services.settings.state)
        self._memory = Thresholds.of(services.settings).memory
        self._started = time.time()
        self._relieved_at = -_RELIEF_SECONDS
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self.name = process_name(kind)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Leave in order, if Redis is there to hear it."""
        self._over.set()
        self._thread.join(timeout=BEAT_SECONDS)
        try:
            self._redis.hdel(keys.PROCESSES, self.name)
        except redis.RedisError:
            log.info("left without saying so: Redis is away")

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                usage = self._observer.measure()
                self._release_memory(usage.memory_percent)
                self._beat(usage.to_dict())
            except redis.RedisError as error:
                log.debug("not told: %s", type(error).__name__)
            except Exception:  # a process without a heartbeat would be taken for one that hangs
                log.exception("not told")
            self._over.wait(BEAT_SECONDS)

    def _beat(self, usage: dict[str, Any]) -> None:
        process = Process(
            name=self.name,
            role=self._role(),
            host=socket.gethostname(),
            pid=os.getpid(),
            started=self._started,
            usage=usage,
            seen=clock(self._redis),
        )
        self._redis.hset(keys.PROCESSES, self.name, json.dumps(asdict(process)))

    def _release_memory(self, percent: float) -> None:
        """Where memory is critical, what this process holds for nothing goes back."""
        moment = time.monotonic()
        if level(percent, *self._memory) == CRITICAL and (
            moment - self._relieved_at >= _RELIEF_SECONDS
        ):
            self._relieved_at = moment
            release_free_memory()


def process_name(kind: str) -> str:
    """Of this process, as others know it."""
    return f"{kind}@{socket.gethostname()}.{os.getpid()}"


def known(client: redis.Redis) -> list[Process]:
    """Who was heard of in the last minutes, by name; the dead are swept out on the way."""
    raw: Any = client.hgetall(keys.PROCESSES)
    moment = clock(client)
    found = []
    for process in filter(None, (_process(name, text) for name, text in raw.items())):
        if moment - process.seen > 20 * ALIVE_SECONDS:
            client.hdel(keys.PROCESSES, process.name)
        else:
            found.append(replace(process, silent=max(0.0, moment - process.seen)))
    return sorted(found, key=lambda process: process.name)


def _process(key: str | bytes, text: str | bytes) -> Process | None:
    """An entry; None if it cannot be read, as of a process of another version."""
    name = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
    try:
        process = wire.build(Process, wire.parse(text))
        if process.name != name:
            raise Malformed("a process goes by another name than its entry")
        if process.usage:
            Usage.from_dict(process.usage)
    except Malformed as error:
        _dropped.count(str(error))
        return None
    return process


def usages(client: redis.Redis) -> list[Usage]:
    """What the processes of all machines told of them lately."""
    told = [Usage.from_dict(p.usage) for p in living_processes(client) if p.usage]
    return told + [node.usage for node in registry.alive(client) if node.usage is not None]


def living_processes(client: redis.Redis) -> list[Process]:
    """Who was heard of lately: what it says of its machine still holds."""
    return [process for process in known(client) if process.silent <= ALIVE_SECONDS]
