"""Plan which Procfile lines run on this machine, in which Python, and how many of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.environments import ENVIRONMENTS
from config.interpreters import Interpreter, chosen_interpreter
from tasks.telemetry.host_metrics import gpus
from web.cli.local.procfile import Program

MOST_LITE_WORKERS = 4
"""The number of `lite` workers; their engines use several threads each."""


@dataclass(frozen=True, slots=True)
class PlannedProcess:
    """A Procfile line as it runs on this machine."""

    name: str
    command: tuple[str, ...]
    count: int
    worker: bool
    pinned: bool = False
    """Pin each process to one GPU, in order."""


def plan_processes(
    programs: Mapping[str, Program],
    *,
    embedded_redis: bool,
    venvs: Path,
    mcp: bool = False,
    live: bool = False,
) -> list[PlannedProcess]:
    """Plan the control plane, `lite` workers, and a worker of each installed environment."""
    cards = _cards()
    counts = {name: _count(name, venvs, cards) for name in programs}
    counts |= {"redis": int(embedded_redis), "mcp": int(mcp), "live": int(live)}
    return [
        PlannedProcess(
            name,
            _command(programs[name], venvs),
            count,
            worker=name in ENVIRONMENTS,
            pinned=_on_gpu(name) and cards > 0,
        )
        for name, count in counts.items()
        if count
    ]


def _count(name: str, venvs: Path, cards: int) -> int:
    if name == "lite":
        return min(os.cpu_count() or 1, MOST_LITE_WORKERS)
    if name not in ENVIRONMENTS:
        return 1
    if _own(name, venvs) is None:
        return 0
    return max(cards, 1) if _on_gpu(name) else 1


def _on_gpu(name: str) -> bool:
    return name in ENVIRONMENTS and ENVIRONMENTS[name].gpu


def _cards() -> int:
    """Count the GPUs to divide among workers; 0 if the operator has set the visible ones."""
    return 0 if "CUDA_VISIBLE_DEVICES" in os.environ else len(gpus())


def _own(name: str, venvs: Path) -> Interpreter | None:
    return chosen_interpreter(name, os.environ, venvs)


def _command(program: Program, venvs: Path) -> tuple[str, ...]:
    first, *rest = program.command
    if first != "python":
        return program.command
    # Other processes run in this Python.
    special = program.name in ENVIRONMENTS and program.name != "lite"
    own = _own(program.name, venvs) if special else None
    return (str(own.python) if own else sys.executable, *rest)
