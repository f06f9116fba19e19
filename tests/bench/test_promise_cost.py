"""What leases and events cost: two systems side by side, one job here and one there, in pairs.

The machine is never the same for two seconds, but for the two jobs of a pair it nearly is: what
is compared is the pair, and the many pairs give an interval.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.report import Row, interval, known_at_most, median, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, Ends, listening
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

PAIRS = size(60, 2)
BURSTS = size(12, 1)
BURST = size(6, 2)
WORKERS = 2
KINDS = {"with": {}, "without": {"BENCH_WITHOUT_PROMISE": "1"}}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Side:
    """One of the two systems, and who uses it."""

    caller: Caller
    ends: Ends

    def one(self) -> float:
        """Seconds from a request to its end."""
        began = time.monotonic()
        job_id = self.caller.start()
        return self.ends.of(1)[job_id] - began

    def many(self) -> float:
        """Seconds for each of several jobs at once."""
        began = time.monotonic()
        self.caller.start_many(BURST)
        return (max(self.ends.of(BURST).values()) - began) / BURST


def test_promise_cost(tmp_path: Path) -> None:
    with ExitStack() as stack:
        sides = {
            kind: stack.enter_context(_side(tmp_path / kind, told)) for kind, told in KINDS.items()
        }
        for side in sides.values():
            side.many()  # what is loaded once is not what a job costs
        alone = _pairs(sides, Side.one, PAIRS)
        at_once = _pairs(sides, Side.many, BURSTS)
    rows = [Row("pairs of single jobs", PAIRS, "")]
    rows += [Row(f"one job, {kind}", 1000 * median(took), "ms") for kind, took in alone.items()]
    rows += _more("a job takes longer by", alone)
    rows += [Row(f"pairs of {BURST} jobs at once", BURSTS, "")]
    rows += [Row(f"jobs a second, {kind}", 1 / median(took), "") for kind, took in at_once.items()]
    rows += _more(f"{BURST} jobs take longer by", at_once)
    write("promise_cost", rows)


@contextmanager
def _side(directory: Path, told: dict[str, str]) -> Iterator[Side]:
    extra = CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": str(BURST)}
    extra["SWEEP_SECONDS"] = "600"  # without pulses every stage would soon be taken for lost
    (directory / "redis").mkdir(parents=True)
    with (
        RedisServer(directory / "redis") as server,
        Deployment(directory, server, **extra) as deployment,
    ):
        deployment.start_control()
        for number in range(WORKERS):
            deployment.start(f"idle-{number}", "tests.bench.worker", "lite", **told)
        until(lambda: len(deployment.nodes()) == WORKERS, "workers beat", 90)
        caller = Caller(deployment.start_web())
        with listening(caller) as ends:
            yield Side(caller, ends)


def _pairs(
    sides: dict[str, Side], measure: Callable[[Side], float], count: int
) -> dict[str, list[float]]:
    """Each kind first as often as second: what the first leaves behind is shared."""
    took: dict[str, list[float]] = {kind: [] for kind in sides}
    for number in range(count):
        kinds = list(sides) if number % 2 else list(sides)[::-1]
        for kind in kinds:
            took[kind].append(measure(sides[kind]))
    return took


def _more(what: str, took: dict[str, list[float]]) -> list[Row]:
    """How much longer with the promise than without, of pairs, in percent."""
    pairs = zip(took["with"], took["without"], strict=True)
    low, middle, high = interval([math.log(w / wo) for w, wo in pairs])
    return known_at_most(what, *(100 * math.expm1(x) for x in (low, middle, high)), "%", 15)
