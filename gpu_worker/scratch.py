"""Where stages work: a directory for each run, and what dead processes have left of theirs."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def directory(place: Path, task_id: str) -> Iterator[Path]:
    """Of one run, gone after it; its name says who works there."""
    place.mkdir(parents=True, exist_ok=True)
    prefix = f"{task_id}.{_host()}.{os.getpid()}."
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as made:
        yield Path(made)


def clear_of_the_dead(place: Path) -> None:
    """Remove what processes of this machine left that were killed at work."""
    for left in place.glob(f"*.{_host()}.*.*"):
        pid = left.name.split(".")[-2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _host() -> str:
    """Without dots: they part the name."""
    return socket.gethostname().replace(".", "-")
