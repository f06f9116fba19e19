"""A file that was received and is not yet believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tasks.domain.errors import FileValidationFailed

Kind = Literal["face", "voice"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Bytes on our disk, under a name of ours; `name` is what the sender called them."""

    kind: Kind
    path: Path
    name: str
    limit: int
    """Largest size in bytes."""

    @property
    def extension(self) -> str:
        return Path(self.name).suffix.lower()


def refusal(layer: str, code: str, message: str) -> FileValidationFailed:
    """The error by which a layer refuses a file."""
    errors = [{"layer": layer, "code": code, "message": message}]
    return FileValidationFailed(message, errors=errors)
