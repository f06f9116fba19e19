"""A whole system under the product's own process manager, with its services in our hands."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from config import scratch
from tasks.messaging.stage_call import StageCall
from tests.deployment import ROOT, Deployment
from tests.faults.proxy import Proxy
from tests.services.postgres import Postgres
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.ports import find_free_port
from web.cli.local.process_manager import Manager
from web.cli.local.process_plan import PlannedProcess
from web.state_directory import StateDirectory

CONTROLS = 2
IDLE = {
    "web": ("web.wsgi",),
    "control": ("web.control",),
    "lite": ("tests.bench.worker", "lite"),
}
"""The lines of the Procfile, with engines that do nothing."""


@dataclass(frozen=True)
class AtWork:
    """A pool process and the stage that it runs now."""

    call: StageCall
    pid: int


@dataclass(frozen=True)
class Estate:
    """What a fault may strike."""

    deployment: Deployment
    manager: Manager
    redis_server: RedisServer
    wire: Proxy
    """Between every process and Redis; we ourselves see Redis without it."""
    postgres: Postgres | None
    """None: the database is a file of SQLite."""
    address: str

    def pids(self, prefix: str) -> list[int]:
        found = self.manager.processes()
        return [process.pid for process in found if process.name.startswith(prefix) and process.pid]

    def at_work(self) -> list[AtWork]:
        """Who runs which stage now: its directory is there from the engine's start to the commit.

        Better than a heartbeat, which tells of it a quarter of a second later, and not while
        Redis is away.
        """
        place = self.deployment.settings.path("temp")
        names = [path.name for path in place.iterdir()] if place.is_dir() else []
        found = [_at_work(name) for name in names]
        return [one for one in found if one is not None and psutil.pid_exists(one.pid)]

    def left(self) -> list[str]:
        """What lies in the places where nothing stays."""
        settings = self.deployment.settings
        folders = settings.path("temp"), settings.path("store", "tmp")
        found = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
        return [str(path) for path in found if not _own(path.name)]


def _at_work(name: str) -> AtWork | None:
    """From `JOB.ATTEMPT.STAGE.SCENE.HOST.PID.RANDOM`, as `config/scratch.py` calls
    it."""
    parts = name.split(".")
    if len(parts) != 7:
        return None
    call = StageCall.from_task_id(".".join(parts[:4]))
    return None if call is None else AtWork(call, int(parts[5]))


def _own(name: str) -> bool:
    """Whether it is the place of a worker that lives."""
    return name.startswith("worker.") and bool(scratch.is_owner_alive(name))


@contextmanager
def estate(
    directory: Path,
    redis_server: RedisServer,
    postgres: Postgres | None = None,
    *,
    workers: int,
    commands: Mapping[str, tuple[str, ...]] = IDLE,
    **extra: str,
) -> Iterator[Estate]:
    """Two controls, a web process and workers; the block begins when they are ready."""
    counts = {"web": 1, "control": CONTROLS, "lite": workers}
    members = [
        PlannedProcess(name, (sys.executable, "-m", *command), counts[name], worker=name == "lite")
        for name, command in commands.items()
    ]
    with (
        Proxy(redis_server.port) as wire,
        Deployment(directory, redis_server, **extra) as deployment,
    ):
        port = find_free_port()
        told = deployment.variables | {"REDIS_URL": f"redis://127.0.0.1:{wire.port}/0"}
        told |= {"PORT": str(port), "PYTHONPATH": str(ROOT)}
        with Manager(StateDirectory.find(told), members, ROOT) as manager:
            manager.start(os.environ | told)
            address = f"http://127.0.0.1:{port}"
            until(lambda: _ready(address), "the system is ready", 90)
            until(lambda: len(deployment.nodes()) == workers, "workers beat", 90)
            yield Estate(deployment, manager, redis_server, wire, postgres, address)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
