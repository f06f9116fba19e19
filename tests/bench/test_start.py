"""How fast a start is answered, and how many a second: jobs of four scenes, each dispatched."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tasks.nodes import registry
from tests.bench.report import Row, at_least, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

ONE_BY_ONE = size(200, 5)
FOUR_AT_ONCE = size(400, 8)
FIRST = 1 + ONE_BY_ONE + FOUR_AT_ONCE
"""Jobs in flight: as long as there is room, every request plans and publishes its own job."""
MOST = str(2 * FIRST)

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_start(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": str(FIRST), "USER_JOBS": MOST}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        start_workers(deployment, 1)
        deployment.start("control", "tests.bench.roomy", "control")
        caller = Caller(deployment.start_web("web", "tests.bench.roomy", "web"))
        # What is measured is taking jobs in; doing them has a figure of its own. The
        # worker is stopped, and its last heartbeat is renewed as if it were busy.
        node = deployment.nodes()[0]
        deployment.kill_tree("idle-0")
        with _beating(deployment, node):
            caller.start()
            alone = [_timed(caller.start) for _ in range(ONE_BY_ONE)]
            crowd, rate = _crowd(caller)
            # Where several come at once, control dispatches those who were not the first in line.
            queued = functools.partial(deployment.services.redis.llen, "lite")
            until(lambda: queued() == 2 * FIRST, "script and face of each are in the queue", 120)
            line, waiting = _crowd(caller)
    write(
        "start",
        [
            Row("one client, median", median(alone), "ms"),
            at_most("one client, p99", percentile(alone, 0.99), "ms", 30),
            Row("four clients, room for all, median", median(crowd), "ms"),
            Row("four clients, room for all, p99", percentile(crowd, 0.99), "ms"),
            at_least("four clients, room for all, starts a second", rate, "jobs/s", 100),
            Row("four clients, no room left, median", median(line), "ms"),
            Row("four clients, no room left, p99", percentile(line, 0.99), "ms"),
            Row("four clients, no room left, starts a second", waiting, "jobs/s"),
        ],
    )


def _crowd(caller: Caller) -> tuple[list[float], float]:
    """Milliseconds of each start, and starts a second."""
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: _timed(caller.start), range(FOUR_AT_ONCE)))
    return taken, FOUR_AT_ONCE / (time.monotonic() - began)


@contextmanager
def _beating(deployment: Deployment, node: registry.Node) -> Iterator[None]:
    over = Event()

    def beat() -> None:
        while not over.wait(registry.BEAT_SECONDS):
            registry.send_heartbeat(deployment.services.redis, node)

    registry.send_heartbeat(deployment.services.redis, node)
    thread = Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return (time.monotonic() - began) * 1000
