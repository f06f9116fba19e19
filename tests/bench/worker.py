"""`python -m tests.bench.worker NAME`: a worker as it is, with engines that do nothing.

The pool process is spawned and imports its parent's main module: the line at the end of
the imports is how the engines get there too. With `BENCH_VARYING` they wait as unevenly as
real ones work, with `BENCH_PROFILE` it says at its end where a stage's time went.
"""

from __future__ import annotations

import cProfile
import os
import sys
from typing import Any

from gpu_worker import tasks
from gpu_worker.__main__ import main
from gpu_worker.execution import runner
from tasks.domain.events import Event
from tasks.messaging.stage_events import StageEvents
from tasks.nodes import leases
from tests.bench import noop, varying

(varying if "BENCH_VARYING" in os.environ else noop).install()


def _profile(directory: str) -> None:
    profiler, plain = cProfile.Profile(), tasks.execute

    def carry_out(*args: Any) -> Any:
        with profiler:
            outcome = plain(*args)
        profiler.dump_stats(f"{directory}/{os.getpid()}.prof")
        return outcome

    tasks.execute = carry_out


def _without_promise() -> None:
    """No leases, no pulses, and of the events only those that end a step."""

    class NoLease(leases.Lease):
        def acquire(self, _started: Event) -> bool:
            return True

        def emit(self, *event: Any) -> Event:
            emitted: Event = self._holder.emit(*event)  # type: ignore[attr-defined]
            return emitted

        def __enter__(self) -> leases.Lease:
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing was taken."""

    runner.Lease = NoLease  # type: ignore[misc]
    leases.begin_delivery = lambda *_: leases.Delivery(should_run=True, failed_on=frozenset())
    StageEvents.progress = lambda *_: None  # type: ignore[method-assign]


if "BENCH_WITHOUT_PROMISE" in os.environ:
    _without_promise()

if "BENCH_PROFILE" in os.environ:
    _profile(os.environ["BENCH_PROFILE"])

if __name__ == "__main__":
    sys.exit(main())
