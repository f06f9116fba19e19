"""Heartbeats of the control plane: web processes, controllers, live processes and Flower.

A process that hangs or has died stops sending heartbeats: it counts as silent within four
seconds and leaves the list after some minutes.
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
from typing import Any, Final, Protocol

import redis

from config.process_names import process_number
from config.settings import Settings
from tasks.domain import wire
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.redis_client import reason
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

log = logging.getLogger(__name__)

LEADER: Final = "leader"
STANDBY: Final = "standby"
LIVE: Final = "live"
FLOWER: Final = "flower"
BEAT_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 3.5
"""After three missed heartbeats a process counts as hanging or dead."""
_dropped: Final = Dropped("a heartbeat of the control plane")
_RELEASE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the control plane, as it describes itself."""

    name: str
    role: str
    """`web`, `live`, `flower`, `leader` or `standby`."""
    host: str
    pid: int
    started: float
    usage: dict[str, Any] = field(default_factory=dict)
    metrics: str = ""
    """Address of its metrics; empty if it serves none."""
    seen: float = 0.0
    silent: float = 0.0
    """Seconds since then, when it was read."""

    @property
    def answers(self) -> bool:
        return self.silent <= SILENT_SECONDS


class Connected(Protocol):
    """What a heartbeat needs of its process."""

    @property
    def settings(self) -> Settings: ...
    @property
    def redis(self) -> redis.Redis: ...


@dataclass(frozen=True, slots=True)
class RedisOnly:
    """A process that has no more than this."""

    settings: Settings
    redis: redis.Redis


class ProcessHeartbeat:
    """A thread that sends this process's heartbeats."""

    def __init__(
        self,
        services: Connected,
        kind: str,
        role: Callable[[], str],
        *,
        metrics: str = "",
        also: Callable[[], object] = lambda: None,
    ) -> None:
        """Call `also` with each heartbeat: it writes to Redis what this process has counted."""
        self._redis = services.redis
        self._role = role
        self._also = also
        self._metrics = metrics
        self._observer = Observer(services.settings.state)
        self._memory = Thresholds.of(services.settings).memory
        self._started = time.time()
        self._released_at = -_RELEASE_SECONDS
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self.name = process_name(kind)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop, and remove this process from the list if Redis is available."""
        self._stop_event.set()
        self._thread.join(timeout=BEAT_SECONDS)
        try:
            self._redis.hdel(keys.PROCESSES, self.name)
        except redis.RedisError:
            log.info("heartbeat not removed: redis unavailable")

    def _run(self) -> None:
        while not self._stop_event.is_set():
            try:
                usage = self._observer.measure()
                self._release_memory(usage.memory_percent)
                self._beat(usage.to_dict())
                self._also()
            except redis.RedisError as error:
                log.warning("heartbeat not sent", extra=reason(error))
            except (
                Exception
            ):  # the thread must go on: a process without heartbeats counts as hanging
                log.exception("heartbeat not sent")
            self._stop_event.wait(BEAT_SECONDS)

    def _beat(self, usage: dict[str, Any]) -> None:
        process = Process(
            name=self.name,
            role=self._role(),
            host=socket.gethostname(),
            pid=os.getpid(),
            started=self._started,
            usage=usage,
            metrics=self._metrics,
            seen=clock(self._redis),
        )
        self._redis.hset(keys.PROCESSES, self.name, json.dumps(asdict(process)))

    def _release_memory(self, percent: float) -> None:
        """Return free memory to the system when the host's memory is critical."""
        moment = time.monotonic()
        if level(percent, *self._memory) == CRITICAL and (
            moment - self._released_at >= _RELEASE_SECONDS
        ):
            self._released_at = moment
            release_free_memory()


def process_name(kind: str) -> str:
    """Return the name of this process in heartbeats."""
    return f"{kind}@{socket.gethostname()}.{process_number()}"


def known(client: redis.Redis) -> list[Process]:
    """List the processes of the last minutes by name; delete the entries of dead ones."""
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
    """Parse an entry; None if it is invalid, for example of another version."""
    name = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
    try:
        process = wire.build(Process, wire.parse(text))
        if process.name != name:
            raise Malformed("the process name differs from its entry")
        if process.usage:
            Usage.from_dict(process.usage)
    except Malformed as error:
        _dropped.count(str(error))
        return None
    return process


def usages(client: redis.Redis) -> list[Usage]:
    """Return the latest resource usage that live processes and workers reported."""
    reported = [Usage.from_dict(p.usage) for p in living_processes(client) if p.usage]
    return reported + [node.usage for node in registry.alive(client) if node.usage is not None]


def living_processes(client: redis.Redis) -> list[Process]:
    """List the processes with a recent heartbeat."""
    return [process for process in known(client) if process.silent <= ALIVE_SECONDS]
