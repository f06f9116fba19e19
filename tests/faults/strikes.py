"""The faults of the soak: each strikes while a stage is at work, and is over when it returns."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from tasks.nodes import Node
from tests.faults.estate import Estate
from tests.services.postgres import database_name

Strike = Callable[[Estate, Node], None]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def worker_child_killed(_: Estate, node: Node) -> None:
    _kill(node.pid)


def worker_machine_killed(estate: Estate, node: Node) -> None:
    import psutil

    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(node.pid).ppid()
        _kill(parent)
    _kill(node.pid)


def worker_stopped_past_its_lease(estate: Estate, node: Node) -> None:
    settings = estate.house.settings
    with suppress(ProcessLookupError):
        os.kill(node.pid, signal.SIGSTOP)
        time.sleep(settings.lease_seconds + 2 * settings.sweep_seconds)
        os.kill(node.pid, signal.SIGCONT)


def control_killed(estate: Estate, _: Node) -> None:
    for pid in random.sample(pids := estate.pids("control"), min(1, len(pids))):
        _kill(pid)


def web_killed(estate: Estate, _: Node) -> None:
    for pid in estate.pids("web"):
        _kill(pid)


def redis_restarted(estate: Estate, _: Node) -> None:
    estate.redis_server.stop()
    estate.redis_server.start()


def redis_killed(estate: Estate, _: Node) -> None:
    estate.redis_server.kill()
    estate.redis_server.start()


def redis_wiped(estate: Estate, _: Node) -> None:
    estate.redis_server.flush()


def redis_full(estate: Estate, _: Node) -> None:
    with estate.redis_server.client() as client:
        client.config_set("maxmemory", "1mb")
        try:
            time.sleep(2)
        finally:
            client.config_set("maxmemory", 0)


def redis_half_open(estate: Estate, _: Node) -> None:
    estate.wire.half_open()


def redis_reset(estate: Estate, _: Node) -> None:
    estate.wire.reset()


def redis_slow(estate: Estate, _: Node) -> None:
    estate.wire.delay = 0.1
    time.sleep(2)
    estate.wire.delay = 0.0


def database_restarted(estate: Estate, _: Node) -> None:
    estate.postgres.kill()
    estate.postgres.start()


def database_locked(estate: Estate, _: Node) -> None:
    """Nobody else reads or writes a job for a while."""
    place = estate.house.settings.database_url
    with psycopg.connect(
        host=str(estate.postgres.directory), user="callsheet", dbname=database_name(place)
    ) as connection:
        connection.execute("LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
        time.sleep(2)


STRIKES: tuple[Strike, ...] = (
    worker_child_killed,
    worker_machine_killed,
    worker_stopped_past_its_lease,
    control_killed,
    web_killed,
    redis_restarted,
    redis_killed,
    redis_wiped,
    redis_full,
    redis_half_open,
    redis_reset,
    redis_slow,
    database_restarted,
    database_locked,
)
