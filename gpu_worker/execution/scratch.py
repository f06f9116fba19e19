"""Where stages work: a directory for each run, and what dead processes have left of theirs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import scratch


@contextmanager
def directory(place: Path, task_id: str) -> Iterator[Path]:
    """Of one run, gone after it; its name says who works there."""
    place.mkdir(parents=True, exist_ok=True)
    prefix = f"{task_id}.{scratch.owner_mark()}."
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as made:
        yield Path(made)


def remove_orphaned(place: Path) -> None:
    """Remove what processes of this machine left that were killed."""
    for left in place.glob("*"):
        if scratch.is_owner_alive(left.name) is False:
            shutil.rmtree(left, ignore_errors=True)
