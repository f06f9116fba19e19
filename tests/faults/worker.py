"""`python -m tests.faults.worker NAME`: a worker whose engines fail as a test asks.

`CALLSHEET_TEST_FAULTS` lists the faults, separated by commas, as `KIND:TARGET[:DETAIL]`. The
target is a stage (`enhance`), an engine (`voice/piper`) or a step (`animate.1`).

    absent:ENGINE           the engine reports that it cannot run here
    broken:TARGET           the engine raises an unexpected error
    refused:TARGET          the engine rejects its input
    memory:TARGET:N         out of memory until N memory fallbacks are applied
    high:TARGET:N           out of memory for videos higher than N pixels
    stuck:TARGET:WHERE      the engine never returns: `frames`, `c` (holding the interpreter's
                            lock), `child` (in a child process), or the address of a provider
                            that never answers

The product contains no fault injection: this module wraps two methods of it on import. A pool
process is spawned and imports its parent's main module, so it gets the wrappers too.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
import urllib.request
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from gpu_worker.engine import Context, Engine, Inputs, Output
from gpu_worker.execution.runner import StageExecution
from gpu_worker.models.registry import Registry
from gpu_worker.subprocesses import child
from tasks import circuit_breaker
from tasks.domain.errors import InputRefused
from tasks.domain.offers import Offer
from tasks.domain.plan import Step

VARIABLE: Final = "CALLSHEET_TEST_FAULTS"
LONG_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure to inject."""

    kind: str
    target: str
    detail: str


@cache
def _configured() -> tuple[Fault, ...]:
    listed = [text.split(":", 2) for text in os.environ.get(VARIABLE, "").split(",") if text]
    return tuple(Fault(kind, target, "".join(detail)) for kind, target, *detail in listed)


def _faults(*targets: str) -> list[Fault]:
    return [fault for fault in _configured() if fault.target in targets]


def inject(step: Step, ctx: Context) -> None:
    """Fail as configured, just before the engine runs."""
    engine = f"{step.stage}/{step.engine.name}"
    for fault in _faults(step.stage, engine, step.name):
        if fault.kind == "broken":
            raise RuntimeError("injected by a test")
        if fault.kind == "refused":
            raise InputRefused
        if fault.kind == "memory" and len(ctx.memory_fallbacks) < int(fault.detail):
            raise MemoryError
        if fault.kind == "high" and step.params["height"] > int(fault.detail):
            raise MemoryError
        if fault.kind == "stuck":
            _hang(fault.detail, ctx)


def _hang(where: str, ctx: Context) -> None:
    if where == "frames":
        while True:
            ctx.check()
            time.sleep(0.02)
    elif where == "c":
        ctypes.PyDLL(None).sleep(LONG_SECONDS)
    elif where == "child":
        command = [sys.executable, "-c", f"import time; time.sleep({LONG_SECONDS})"]
        with child(command) as process:
            process.wait()
    else:
        with (
            circuit_breaker.guarded_call("test"),
            urllib.request.urlopen(where, timeout=LONG_SECONDS) as answer,
        ):
            answer.read()


_probe_engine = Registry._offer
_run_engine = StageExecution._run_engine


def _probe_or_be_absent(self: Registry, engine: Engine) -> Offer:
    offer = _probe_engine(self, engine)
    if any(fault.kind == "absent" for fault in _faults(f"{offer.stage}/{offer.name}")):
        return replace(offer, ok=False, why="", remedy="")
    return offer


def _inject_and_run(self: StageExecution, inputs: Inputs, ctx: Context) -> Output:
    inject(self.step, ctx)
    return _run_engine(self, inputs, ctx)


Registry._offer = _probe_or_be_absent  # type: ignore[method-assign]
StageExecution._run_engine = _inject_and_run  # type: ignore[method-assign]


if __name__ == "__main__":
    from gpu_worker.__main__ import main

    sys.exit(main())
