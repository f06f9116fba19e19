"""What may befall an engine in a test (see `tasks/fault_injection.py`), whichever engine it is.

The place is a stage (`enhance`), an engine (`voice/piper`) or a step (`animate.1`).

    absent:ENGINE           it cannot run here
    broken:PLACE            it breaks
    refused:PLACE           it refuses its input
    memory:PLACE:N          it is out of memory until it saves in N ways
    high:PLACE:N            it is out of memory for videos higher than N
    stuck:PLACE:WHERE       it never returns: `frames`, `c` (holding the interpreter's lock),
                            `child` (a child process), or the address of a provider that hangs
"""

from __future__ import annotations

import ctypes
import sys
import time
import urllib.request

from gpu_worker.engine import Context
from gpu_worker.subprocesses import child
from tasks import circuit_breaker, fault_injection
from tasks.domain.errors import InputRefused
from tasks.domain.plan import Step

FOR_EVER = 600


def is_absent(stage: str, name: str) -> bool:
    """Called when an engine is probed."""
    return any(
        mishap.kind == "absent" for mishap in fault_injection.injected_fault(f"{stage}/{name}")
    )


def inject(step: Step, ctx: Context) -> None:
    """Called before an engine runs."""
    engine = f"{step.stage}/{step.engine.name}"
    for mishap in fault_injection.injected_fault(step.stage, engine, step.name):
        if mishap.kind == "broken":
            raise RuntimeError("a test broke it")
        if mishap.kind == "refused":
            raise InputRefused
        if mishap.kind == "memory" and len(ctx.memory_fallbacks) < int(mishap.detail):
            raise MemoryError
        if mishap.kind == "high" and step.params["height"] > int(mishap.detail):
            raise MemoryError
        if mishap.kind == "stuck":
            _stick(mishap.detail, ctx)


def _stick(where: str, ctx: Context) -> None:
    if where == "frames":
        while True:
            ctx.check()
            time.sleep(0.02)
    elif where == "c":
        ctypes.PyDLL(None).sleep(FOR_EVER)
    elif where == "child":
        command = [sys.executable, "-c", f"import time; time.sleep({FOR_EVER})"]
        with child(command) as process:
            process.wait()
    else:
        with (
            circuit_breaker.guarded_call("test"),
            urllib.request.urlopen(where, timeout=FOR_EVER) as answer,  # noqa: S310
        ):
            answer.read()
