"""Models that are assembled on this machine: made once, checked by hash, and kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from config.settings import current
from gpu_worker.engine import Weight
from tasks.domain.errors import EngineBroken


def directory() -> Path:
    """Return the directory of the model weights."""
    return current().models_dir


def prepared(weight: Weight, make: Callable[[], bytes]) -> Path:
    """Return the file of this weight; make it if it is missing or has another hash.

    Several processes may do this at once: each writes its own file, and the last rename wins,
    which is harmless because all have the same bytes.
    """
    path = directory() / weight.name
    if path.is_file() and path.stat().st_size == weight.bytes and _digest(path) == weight.sha256:
        return path
    made = make()
    if hashlib.sha256(made).hexdigest() != weight.sha256:
        raise EngineBroken(
            "A model that was assembled here has another hash than declared.",
            weight=weight.name,
            expected=weight.sha256,
            got=hashlib.sha256(made).hexdigest(),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".making-", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
