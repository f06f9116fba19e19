"""The faults of the soak: each strikes while a stage is at work, and is over when it returns."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress

import psutil
import psycopg
from sqlalchemy import make_url

from tests.faults.estate import AtWork, Estate
from tests.services.postgres import database_name
from web.monitoring.heartbeats import living_processes

Strike = Callable[[Estate, AtWork], None]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _machine(at_work: AtWork) -> list[psutil.Process]:
    """A worker with all its processes."""
    try:
        worker = psutil.Process(at_work.pid).parent()
        return [] if worker is None else [worker, *worker.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def worker_child_killed(_: Estate, at_work: AtWork) -> None:
    _kill(at_work.pid)


def worker_machine_killed(_: Estate, at_work: AtWork) -> None:
    for process in _machine(at_work):
        _kill(process.pid)


def worker_stopped_past_its_lease(estate: Estate, at_work: AtWork) -> None:
    settings = estate.deployment.settings
    with suppress(ProcessLookupError):
        os.kill(at_work.pid, signal.SIGSTOP)
        time.sleep(settings.lease_seconds + 2 * settings.sweep_seconds)
        os.kill(at_work.pid, signal.SIGCONT)


def control_killed(estate: Estate, _: AtWork) -> None:
    """The one that leads; where Redis does not tell, any."""
    leaders = [
        p.pid for p in living_processes(estate.deployment.services.redis) if p.role == "leader"
    ]
    pids = random.sample(found := estate.pids("control"), len(found))
    for pid in [*(pid for pid in leaders if pid in pids), *pids][:1]:
        _kill(pid)


def web_killed(estate: Estate, _: AtWork) -> None:
    for pid in estate.pids("web"):
        _kill(pid)


def redis_restarted(estate: Estate, _: AtWork) -> None:
    estate.redis_server.stop()
    estate.redis_server.start()


def redis_killed(estate: Estate, _: AtWork) -> None:
    estate.redis_server.kill()
    estate.redis_server.start()


def redis_wiped(estate: Estate, _: AtWork) -> None:
    estate.redis_server.flush()


def redis_full(estate: Estate, _: AtWork) -> None:
    with estate.redis_server.client() as client:
        client.config_set("maxmemory", "1mb")
        try:
            time.sleep(2)
        finally:
            client.config_set("maxmemory", 0)


def redis_half_open(estate: Estate, at_work: AtWork) -> None:
    """The machine that is at work loses its network without being told."""
    ports = set()
    for process in _machine(at_work):
        with suppress(psutil.NoSuchProcess):
            ports |= {c.laddr.port for c in process.net_connections("tcp")}
    estate.wire.half_open(ports)


def redis_reset(estate: Estate, _: AtWork) -> None:
    estate.wire.reset()


def redis_slow(estate: Estate, _: AtWork) -> None:
    estate.wire.delay = 0.1
    time.sleep(2)
    estate.wire.delay = 0.0


def database_restarted(estate: Estate, _: AtWork) -> None:
    assert estate.postgres is not None
    estate.postgres.kill()
    estate.postgres.start()


def database_locked(estate: Estate, _: AtWork) -> None:
    """Lock the jobs for all other connections for a while; of SQLite, for all that write."""
    place = estate.deployment.settings.database_url
    if estate.postgres is None:
        with closing(sqlite3.connect(str(make_url(place).database), timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(2)
            connection.rollback()
        return
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
OF_A_SERVER: frozenset[Strike] = frozenset({database_restarted})
"""Strikes at a database that is a server, not a file."""
