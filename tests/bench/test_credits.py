"""What a hold costs: starts with and without credits, in turns, in one process."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings, read
from tests.bench.report import Row, at_most, median, write
from tests.bench.small import size
from tests.services.postgres import Postgres
from tests.services.redis_server import RedisServer
from tests.web.billing import works
from tests.web.conftest import close
from web.app import create_app
from web.migrate import upgrade

STARTS = size(300, 3)
pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hold_costs_little(
    kind: str, tmp_path: Path, redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    environ = {"CALLSHEET_STATE": str(tmp_path), "REDIS_URL": redis_server.url, "CLAMD": "off"}
    environ |= {"ACCOUNT_JOBS": "100000"}
    if kind == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        environ["DATABASE_URL"] = postgres.create()
    free = read(environ)
    paid: Settings = replace(free, billing=replace(free.billing, mode="on"))
    apps = {"free": create_app(free), "paid": create_app(paid)}
    upgrade(apps["free"])
    with apps["free"].app_context():
        works.open_account(amount=1_000_000)
    took: dict[str, list[tuple[float, float]]] = {"free": [], "paid": []}
    for _ in range(STARTS):
        for name, app in apps.items():
            took[name].append(_timed(app))
    for app in apps.values():
        close(app)
    wall, cpu = (
        {name: 1000 * median([one[part] for one in took[name]]) for name in took} for part in (0, 1)
    )
    rows = [
        Row("a start without credits, CPU", cpu["free"], "ms"),
        at_most("a hold, CPU", cpu["paid"] - cpu["free"], "ms", 2),
        Row("a start without credits", wall["free"], "ms"),
        at_most("a hold", wall["paid"] - wall["free"], "ms", 2),
    ]
    write(f"credits-{kind}", rows)


def _timed(app: Flask) -> tuple[float, float]:
    """Seconds of a start, and those of the CPU among them."""
    with app.app_context():
        begun, at = time.thread_time(), time.perf_counter()
        works.start()
        return time.perf_counter() - at, time.thread_time() - begun
