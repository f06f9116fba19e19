"""The layers that examine an upload; the first line is its name, what follows its content."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from tasks.domain.errors import FileValidationFailed
from web.uploads.candidate import Candidate, Kind
from web.uploads.layers import CONTENT, METADATA
from web.uploads.layers.extension import MEDIA_TYPES

_LIMIT = 1 << 20


def check(data: bytes) -> None:
    name, _, content = data.partition(b"\n")
    path = _place()
    path.write_bytes(content)
    for kind in CONTENT:
        _examine(Candidate(kind, path, name.decode("utf-8", "surrogateescape"), _LIMIT))


def _examine(candidate: Candidate) -> None:
    """Every layer by itself, so that one that refuses does not hide the others."""
    for layer in METADATA:
        with suppress(FileValidationFailed):
            layer(candidate)
    for layer in CONTENT[candidate.kind] if _is_allowed(candidate) else ():
        with suppress(FileValidationFailed):
            layer(candidate)


def _is_allowed(candidate: Candidate) -> bool:
    kind: Kind = candidate.kind
    return candidate.extension in MEDIA_TYPES[kind]


@cache
def _place() -> Path:
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None)) / "content"
