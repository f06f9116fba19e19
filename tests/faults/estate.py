"""A whole system under the product's own process manager, with its services in our hands."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import redis

from tasks import nodes
from tasks.nodes import Node
from tests.faults.proxy import Proxy
from tests.house import ROOT, House
from tests.services.postgres import Postgres
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.system.formation import Member
from web.system.manager import Manager
from web.system.ports import a_free_one
from web.system.state import State

WORKERS = 2


@dataclass(frozen=True)
class Estate:
    """What a fault may strike."""

    house: House
    manager: Manager
    redis_server: RedisServer
    wire: Proxy
    """Between every process and Redis; we ourselves see Redis without it."""
    postgres: Postgres
    address: str

    def pids(self, prefix: str) -> list[int]:
        found = self.manager.processes()
        return [process.pid for process in found if process.name.startswith(prefix) and process.pid]

    def at_work(self, stage: str) -> Node | None:
        """A worker that runs this stage now."""
        try:
            alive = nodes.alive(self.house.services.redis)
        except redis.RedisError:
            return None
        return next((node for node in alive if f".{stage}." in node.doing), None)


@contextmanager
def estate(
    directory: Path, redis_server: RedisServer, postgres: Postgres, url: str, **extra: str
) -> Iterator[Estate]:
    """Two controls, a web process and two workers; the block begins when they are ready."""
    members = [
        Member("web", (sys.executable, "-m", "web.wsgi"), 1, worker=False),
        Member("control", (sys.executable, "-m", "web.control"), 2, worker=False),
        Member("lite", (sys.executable, "-m", "tests.bench.worker", "lite"), WORKERS, worker=True),
    ]
    with (
        Proxy(redis_server.port) as wire,
        House(directory, redis_server, DATABASE_URL=url, **extra) as house,
    ):
        port = a_free_one()
        told = house.variables | {"REDIS_URL": f"redis://127.0.0.1:{wire.port}/0"}
        told |= {"PORT": str(port), "PYTHONPATH": str(ROOT)}
        with Manager(State.find(told), members, ROOT) as manager:
            manager.start(os.environ | told)
            address = f"http://127.0.0.1:{port}"
            until(lambda: _ready(address), "the system is ready", 90)
            until(lambda: len(house.nodes()) == WORKERS, "workers beat", 90)
            yield Estate(house, manager, redis_server, wire, postgres, address)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
