"""`python -m tests.faults.doomed MODULE ARGS...`: a process as it is, that can be told to die.

Before and after each of the functions in `POINTS` it looks for a file with a sentence of
death (`Doom`). If it is the one that is meant, it takes the file away and kills itself with
SIGKILL. Nothing of this is in the product: the functions are wrapped as their modules are
imported. A worker's pool process is spawned and imports its parent's main module: that is how
it gets the wrappers too.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

FILE: Final = "CALLSHEET_TEST_DOOM"
ROLE: Final = "CALLSHEET_TEST_ROLE"
"""Variables: where the sentence will be, and which process this is."""

POINTS: Final = {
    # a worker's pool process
    "delivery": "gpu_worker.execution.runner:execute",
    "lease": "tasks.nodes.leases:Lease.acquire",
    "engine": "gpu_worker.execution.runner:StageExecution._run",
    "commit": "tasks.store.artifacts:Artifacts.commit",
    "manifest": "tasks.store.artifacts:Artifacts.record",
    "event": "tasks.messaging.stage_events:StageEvents.completed",
    "link": "celery.canvas:Signature.apply_async",
    "join": "tasks.messaging.chord_scripts:part_returned",
    # a worker's main process
    "ack": "celery.worker.request:Request.acknowledge",
    # control, and web where it dispatches at once
    "claim": "web.jobs.transitions:claim",
    "claimed": "web.jobs.dispatch:Dispatcher.claim",
    "publish": "web.jobs.dispatch:Dispatcher._send",
    "answer": "web.jobs.reuse:report_done",
    "state": "web.jobs.transitions:succeed",
    "outbox": "web.control.outbox:_emit",
    # credits: when a job is accepted, and when it ends
    "hold": "web.billing.ledger:hold",
    "settlement": "web.billing.ledger:end_hold",
    # clips: a worker before and after it asks a provider, fetches, finishes and reports; control
    "purchase": "gpu_worker.providers.purchases:Purchases._ask",
    "fetch": "gpu_worker.providers.downloads:Downloads.fetch",
    "finish": "gpu_worker.execution.clip_finish:finish",
    "told": "gpu_worker.execution.provider_work:_report",
    "bought": "web.providers.calls:begin_submit",
    "removed": "tasks.messaging.provider_call:remove_reports",
    # web
    "acceptance": "web.jobs.inputs:choose",
    "dispatch": "web.jobs.dispatch:Dispatcher.publish",
}


@dataclass(frozen=True)
class Doom:
    """Who comes to this place next dies."""

    role: str
    """The module that it runs."""
    place: str
    """`before` or `after`, and a key of `POINTS`."""
    stage: str = ""
    """Of a worker's pool process: which stage it is at."""
    family: bool = False
    """Whether its parent dies with it."""

    def pronounce(self, file: Path) -> None:
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(file)

    def means(self, place: str) -> bool:
        return (self.role, self.place) == (os.environ[ROLE], place) and self.stage in _task()


def _meet(place: str) -> None:
    file = Path(os.environ[FILE])
    try:
        doom = Doom(**json.loads(file.read_text()))
        if not doom.means(place):
            return
        file.unlink()
    except FileNotFoundError:
        return  # no process has to die, or another one was faster
    if doom.family:
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _task() -> str:
    """The id of the task that this thread carries out; of a main process, of none."""
    from celery import current_task

    return str(current_task.request.id) if current_task else ""


def _wrapped(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _meet(f"before {name}")
        result = plain(*args, **kwargs)
        _meet(f"after {name}")
        return result

    return wrapper


class _Hook(importlib.abc.MetaPathFinder):
    """Wraps what `POINTS` names as soon as its module has been carried out."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        mine = {name: at for name, at in POINTS.items() if at.split(":")[0] == fullname}
        if not mine:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        loader: Any = spec.loader
        plain = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            plain(module)
            for name, at in mine.items():
                _wrap(module, name, at.split(":")[1])

        loader.exec_module = exec_module
        return spec


def _wrap(module: ModuleType, name: str, attribute: str) -> None:
    *owners, last = attribute.split(".")
    owner = functools.reduce(getattr, owners, module)
    setattr(owner, last, _wrapped(name, getattr(owner, last)))


if FILE in os.environ and not any(isinstance(finder, _Hook) for finder in sys.meta_path):
    sys.meta_path.insert(0, _Hook())


def main() -> int:
    os.environ[ROLE] = sys.argv.pop(1)
    status: int = importlib.import_module(os.environ[ROLE]).main()
    return status


if __name__ == "__main__":
    sys.exit(main())
