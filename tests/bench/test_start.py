"""How fast a start is answered, and how many a second: jobs of four scenes, each dispatched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tasks import nodes
from tests.bench.report import Row, at_least, at_most, median, percentile, write
from tests.bench.system import CALM, Caller, start_workers
from tests.house import House
from tests.services.redis_server import RedisServer

ONE_BY_ONE = 200
FOUR_AT_ONCE = 400
ROOM = str(10 * FOUR_AT_ONCE)
"""Jobs in flight: with room for all, every request plans and publishes its own job."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_start(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": ROOM, "USER_JOBS": ROOM}
    with House(tmp_path, redis_server, **extra) as house:
        start_workers(house, 1)
        caller = Caller(house.start_web())
        # What is measured is taking jobs in; doing them has a figure of its own. The
        # worker is stopped, and its last heartbeat is renewed as if it were busy.
        node = house.nodes()[0]
        house.kill_tree("idle-0")
        with _beating(house, node):
            caller.start()
            alone = [_timed(caller.start) for _ in range(ONE_BY_ONE)]
            began = time.monotonic()
            with ThreadPoolExecutor(4) as pool:
                crowd = list(pool.map(lambda _: _timed(caller.start), range(FOUR_AT_ONCE)))
            rate = FOUR_AT_ONCE / (time.monotonic() - began)
        dispatched = house.services.redis.llen("lite")
    assert dispatched == 2 * (1 + ONE_BY_ONE + FOUR_AT_ONCE)  # script and face of each
    write(
        "start",
        [
            Row("one client, median", median(alone), "ms"),
            at_most("one client, p99", percentile(alone, 0.99), "ms", 30),
            Row("four clients, median", median(crowd), "ms"),
            Row("four clients, p99", percentile(crowd, 0.99), "ms"),
            at_least("four clients, starts a second", rate, "jobs/s", 100),
        ],
    )


@contextmanager
def _beating(house: House, node: nodes.Node) -> Iterator[None]:
    over = Event()

    def beat() -> None:
        while not over.wait(nodes.BEAT_SECONDS):
            nodes.beat(house.services.redis, node)

    nodes.beat(house.services.redis, node)
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
