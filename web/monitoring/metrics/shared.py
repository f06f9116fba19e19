"""Metrics of the state that all processes share, read at each scrape of any web process."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any

import redis
from flask import Flask
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.environments import ENVIRONMENTS
from config.expected_processes import ExpectedProcesses
from tasks.circuit_breaker import process_breakers
from tasks.domain.events import id_order
from tasks.domain.job import JobState
from tasks.messaging import keys
from tasks.messaging.routing import lists_of
from tasks.nodes import registry
from tasks.telemetry.host_metrics import Usage
from web.db.engine import reading
from web.dead_letters import desk, letters
from web.events.position import applied_position
from web.jobs.demand import loads
from web.jobs.models import Job
from web.monitoring.heartbeats import usages
from web.monitoring.metrics import deliveries, providers
from web.services import Services

_CIRCUIT = {"closed": 0, "half-open": 1, "open": 2}


class SharedState(Collector):
    """Reads the shared state at each scrape; an unavailable service does not hide the others."""

    def __init__(self, app: Flask, services: Services) -> None:
        self._app = app
        self._services = services
        self._heads: dict[str, tuple[str, float]] = {}

    def collect(self) -> Iterator[Metric]:
        yield _expected(self._services.settings.monitoring.expected_processes)
        up = GaugeMetricFamily("callsheet_part_up", "Whether a service answers.", labels=["part"])
        of_redis = _read(self._redis)
        # Each further attempt would cost seconds while Redis is unavailable, and a scrape has few.
        of_database = _read(partial(self._database, with_redis=bool(of_redis)))
        for part, families in (("redis", of_redis), ("database", of_database)):
            up.add_metric([part], float(bool(families)))
            yield from families
        yield up

    def _redis(self) -> Iterator[Metric]:
        client = self._services.redis
        yield from self._queues(client)
        alive = registry.alive(client)
        yield from _workers(alive)
        yield from _gpus(alive)
        yield from _hosts(usages(client))
        yield _circuits(optional={"clamd"} if self._services.settings.clamd != "required" else ())
        control = GaugeMetricFamily("callsheet_control_leading", "Whether a controller is leading.")
        control.add_metric([], float(client.exists(keys.CONTROL)))
        yield control

    def _queues(self, client: redis.Redis) -> Iterator[GaugeMetricFamily]:
        depth = GaugeMetricFamily(
            "callsheet_queue_depth", "Steps waiting for a worker.", labels=["environment"]
        )
        age = GaugeMetricFamily(
            "callsheet_queue_age_seconds",
            "How long the oldest waiting step has been waiting.",
            labels=["environment"],
        )
        pipe = client.pipeline(transaction=False)
        for name in ENVIRONMENTS:
            for waiting in lists_of(name):
                pipe.llen(waiting)
                pipe.lindex(waiting, -1)  # the next to be consumed
        answers: list[Any] = pipe.execute()
        step = len(answers) // len(ENVIRONMENTS)
        for number, name in enumerate(ENVIRONMENTS):
            mine = answers[number * step : (number + 1) * step]
            depth.add_metric([name], float(sum(mine[::2])))
            heads = [head for head in mine[1::2] if head]
            age.add_metric([name], self._waited(name, heads[-1] if heads else None))
        yield depth
        yield age

    def _waited(self, name: str, head: str | None) -> float:
        if head is None:
            self._heads.pop(name, None)
            return 0.0
        known = self._heads.get(name)
        if known is None or known[0] != head:
            known = self._heads[name] = (head, time.monotonic())
        return time.monotonic() - known[1]

    def _database(self, *, with_redis: bool) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("callsheet_jobs", "Jobs in the database.", labels=["state"])
        with self._app.app_context():
            with reading() as db:
                counted = db.execute(select(Job.state, func.count()).group_by(Job.state))
                known: dict[str, int] = {row[0]: row[1] for row in counted}
            for state in JobState:
                jobs.add_metric([state.value], float(known.get(state.value, 0)))
            yield jobs
            yield from _dead_letters()
            with reading() as db:
                yield from deliveries.waiting(db)
                yield from providers.families(db)
            if with_redis:
                yield self._lag()
                yield from self._needed_workers()

    def _needed_workers(self) -> Iterator[GaugeMetricFamily]:
        """Yield the input of autoscalers; nothing without Redis, so that they keep all workers."""
        needed = GaugeMetricFamily(
            "callsheet_workers_wanted",
            "Workers needed for the waiting and running work.",
            labels=["environment"],
        )
        try:
            with reading() as db:
                autoscaled = self._services.settings.scaling.autoscaled_environments
                for load in loads(self._services, db, autoscaled):
                    needed.add_metric([load.environment], float(load.wanted))
        except redis.RedisError:
            return
        yield needed

    def _lag(self) -> GaugeMetricFamily:
        lag = GaugeMetricFamily(
            "callsheet_ledger_lag_seconds",
            "Time between the last event stored by the controller and the newest event.",
        )
        try:
            newest: Any = self._services.redis.xrevrange(keys.EVENT_STREAM, count=1)
        except redis.RedisError:
            return lag
        behind = id_order(newest[0][0])[0] - id_order(applied_position())[0] if newest else 0
        lag.add_metric([], max(0, behind) / 1000)
        return lag


def _read(read: Callable[[], Iterator[Metric]]) -> list[Metric]:
    """Read the metrics of a service; none if it is unavailable."""
    try:
        return list(read())
    except (redis.RedisError, SQLAlchemyError):
        return []


def _dead_letters() -> Iterator[Metric]:
    dead = GaugeMetricFamily(
        "callsheet_dead_letters",
        "Unresolved dead letters.",
        labels=["kind"],
    )
    lost = CounterMetricFamily(
        "callsheet_dead_letters_dropped",
        "Unresolved dead letters dropped for newer ones of their kind.",
        labels=["kind"],
    )
    with reading() as db:
        for kind, number in desk.counted(db).items():
            dead.add_metric([kind], float(number))
        for kind, number in letters.dropped(db).items():
            lost.add_metric([kind], float(number))
    yield dead
    yield lost


def _workers(alive: list[registry.Node]) -> Iterator[GaugeMetricFamily]:
    workers = GaugeMetricFamily(
        "callsheet_workers", "Live workers.", labels=["environment", "doing"]
    )
    memory = GaugeMetricFamily(
        "callsheet_worker_memory_bytes",
        "Memory used by a worker.",
        labels=["environment", "worker"],
    )
    warm = GaugeMetricFamily(
        "callsheet_warm_share",
        "Share of steps of live workers whose model was already loaded.",
        labels=["environment"],
    )
    for name in ENVIRONMENTS:
        mine = [node for node in alive if node.environment == name]
        hits, misses = sum(n.warm_calls for n in mine), sum(n.cold_calls for n in mine)
        if hits + misses:
            warm.add_metric([name], hits / (hits + misses))
        busy = sum(bool(node.doing) for node in mine)
        workers.add_metric([name, "stage"], float(busy))
        workers.add_metric([name, "nothing"], float(len(mine) - busy))
        for node in mine:
            memory.add_metric([name, node.name], node.memory_mb * 2.0**20)
    yield workers
    yield memory
    yield warm


def _gpus(alive: list[registry.Node]) -> Iterator[GaugeMetricFamily]:
    size = GaugeMetricFamily(
        "callsheet_card_bytes", "GPU memory available to models.", labels=["card"]
    )
    taken = GaugeMetricFamily(
        "callsheet_card_model_bytes",
        "GPU memory of a loaded model.",
        labels=["card", "worker", "model"],
    )
    cards = [(node.name, node.card) for node in alive if node.card]
    for card, mb in {card["id"]: card["memory_mb"] for _, card in cards}.items():
        size.add_metric([card], mb * 2.0**20)
    for worker, card in cards:
        for model, mb in card["models"].items():
            taken.add_metric([card["id"], worker, model], mb * 2.0**20)
    yield size
    yield taken


def _expected(processes: Iterable[ExpectedProcesses]) -> GaugeMetricFamily:
    expected = GaugeMetricFamily(
        "callsheet_processes_expected",
        "Processes that are always running, as the settings say.",
        labels=["part", "environment"],
    )
    for one in processes:
        expected.add_metric([one.part, one.environment], float(one.count))
    return expected


def _circuits(optional: Collection[str]) -> GaugeMetricFamily:
    circuits = GaugeMetricFamily(
        "callsheet_circuit_state",
        "Circuit breaker of an external service: 0 closed, 1 half-open, 2 open.",
        labels=["service", "optional"],
    )
    for name, circuit in process_breakers().circuits().items():
        is_optional = "yes" if name in optional else "no"
        circuits.add_metric([name, is_optional], float(_CIRCUIT.get(circuit.state, 2)))
    return circuits


def _hosts(usages: Iterable[Usage]) -> Iterator[GaugeMetricFamily]:
    """Report usage by host, once per host."""
    used = GaugeMetricFamily(
        "callsheet_machine_used_ratio",
        "Share of a host's memory, storage or processors in use.",
        labels=["machine", "resource"],
    )
    busy = GaugeMetricFamily(
        "callsheet_gpu_used_ratio",
        "Share of time that a GPU is busy.",
        labels=["machine", "gpu", "model"],
    )
    memory = GaugeMetricFamily(
        "callsheet_gpu_memory_used_ratio",
        "Share of a GPU's memory in use, by any process.",
        labels=["machine", "gpu", "model"],
    )
    for name, usage in sorted({usage.host: usage for usage in usages}.items()):
        used.add_metric([name, "memory"], usage.memory_percent / 100)
        used.add_metric([name, "storage"], usage.storage_percent / 100)
        used.add_metric([name, "processors"], usage.cpu_percent / 100)
        for number, gpu in enumerate(usage.gpus):
            busy.add_metric([name, str(number), gpu.name], gpu.used_percent / 100)
            memory.add_metric([name, str(number), gpu.name], gpu.memory_percent / 100)
    yield used
    yield busy
    yield memory
