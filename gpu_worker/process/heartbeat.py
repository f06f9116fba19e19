"""A worker's heartbeat: every few seconds it reports its state to Redis."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress

import psutil
import redis

from config.environments import ENVIRONMENTS, LITE
from config.process_names import process_number
from config.settings import Settings, current
from gpu_worker.clips import local_models
from gpu_worker.models.devices import device_name
from gpu_worker.models.memory_pressure import MemoryPressure
from gpu_worker.models.registry import Registry
from gpu_worker.process.queue_subscription import QueueSubscription
from tasks.domain.offers import Offer
from tasks.messaging.queue_brokers import queues_in_reach
from tasks.messaging.redis_client import reason
from tasks.nodes import registry as nodes
from tasks.nodes.coordination import Coordination
from tasks.telemetry.host_metrics import Usage, memory_limit_mb

log = logging.getLogger(__name__)

REST_SECONDS = 0.25
"""Minimum pause between two heartbeats, which cost more than a short stage."""


class Heartbeat:
    """A thread that sends heartbeats of this process until it is closed."""

    def __init__(self, shared: Coordination, registry: Registry, pressure: MemoryPressure) -> None:
        self._shared = shared
        self._registry = registry
        self._pressure = pressure
        self._process = psutil.Process()
        self._started = time.time()
        self._stop_event = threading.Event()
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.name = node_name(registry.environment)
        self._subscription = QueueSubscription(registry.environment)
        self.doing = ""
        """The task that runs now; set by the stage runner, and reported by its lease."""
        self._reported: frozenset[str] = frozenset()
        """The models in the last heartbeat."""
        self._metrics_address = ""
        self._in_reach: tuple[str, ...] | None = None
        self._providers: list[str] = []
        """Providers of hosted models of which this worker has a key."""
        self._provider_keys: list[str] = []
        """The same keys as `PROVIDER:LABEL`, by which their limits are known."""
        self._makes_clips = False
        """Whether this worker has the local clip models."""

    def start(self, settings: Settings) -> None:
        if settings.broker_urls:
            self._in_reach = queues_in_reach(settings, self._registry.environment)
        environment = self._registry.environment
        if ENVIRONMENTS[environment].hosted_models:
            known = settings.providers.keys
            self._providers = sorted({key.provider for key in known})
            self._provider_keys = sorted(f"{key.provider}:{key.label}" for key in known)
        if settings.node_key is None:  # nodes with tokens have no right to report such work
            self._makes_clips = environment == LITE and local_models.runs_here()
        self._metrics_address = self._registry.metrics.serve(settings, lambda: bool(self.doing))
        with suppress(redis.RedisError):
            self._shared.idle(self.name)
        self._thread.start()

    def busy(self, task_id: str) -> None:
        """Set the current task ("" for none); report loaded or unloaded models soon."""
        self.doing = task_id
        if frozenset(self._registry.warm) != self._reported:
            self._changed.set()

    def close(self, *, replaced: bool) -> None:
        """Stop; also unregister the worker, unless another process replaces this one."""
        self._stop_event.set()
        self._changed.set()
        self._thread.join(timeout=5)
        if replaced:
            return
        try:
            self._shared.leave(self.name)
        except redis.RedisError:
            log.info("redis unavailable, worker not unregistered")

    def _run(self) -> None:
        while not self._stop_event.is_set():
            try:
                usage = self._pressure.unload_if_critical()
                self._registry.probe_again()
                if self._registry.share is not None:
                    self._registry.share.renew()
                draining = self._shared.drained(self.name)
                offers = () if draining else self._registry.offers
                self._subscription.follow(offers, calls=bool(self._providers) and not draining)
                self._shared.beat(self._node(offers, usage, draining=draining))
            except redis.RedisError as error:
                log.warning("heartbeat not sent", extra=reason(error))
            except Exception:  # a worker without a heartbeat would be taken for dead
                log.exception("heartbeat not sent")
            self._stop_event.wait(REST_SECONDS)
            self._changed.wait(nodes.BEAT_SECONDS)
            self._changed.clear()

    def _node(self, offers: tuple[Offer, ...], usage: Usage, *, draining: bool) -> nodes.Node:
        registry = self._registry
        warm = registry.warm
        self._reported = frozenset(warm)
        return nodes.Node(
            name=self.name,
            environment=registry.environment,
            host=socket.gethostname(),
            pid=os.getpid(),
            device=device_name(),
            memory_mb=self._process.memory_info().rss // 2**20,
            memory_limit_mb=memory_limit_mb(),
            offers=offers,
            warm=warm,
            load_seconds=dict(registry.load_seconds),
            warm_calls=registry.metrics.warm_calls,
            cold_calls=registry.metrics.cold_calls,
            card=None if registry.share is None else registry.share.to_dict(),
            started=self._started,
            draining=draining,
            examines=() if draining else registry.examines,
            metrics=self._metrics_address,
            in_reach=self._in_reach,
            extra={
                "usage": usage.to_dict(),
                "providers": self._providers,
                "provider_keys": self._provider_keys,
                "makes_clips": self._makes_clips,
            },
        )


def node_name(environment: str) -> str:
    """Name a node: its environment (Flower sorts by it), its token, its host and a number."""
    key = current().node_key
    token = "" if key is None else f"{key.name}."
    number = os.environ.get("CALLSHEET_NODE") or process_number()
    return f"{environment}@{token}{socket.gethostname()}.{number}"
