"""A file that was received and is not yet believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from tasks.domain.errors import FileValidationFailed

Kind = Literal["face", "voice"]


class FileType(StrEnum):
    """What a file is sent as."""

    FACE_IMAGE = "face_image"
    VOICE_AUDIO = "voice_audio"

    @property
    def kind(self) -> Kind:
        return "face" if self is FileType.FACE_IMAGE else "voice"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Bytes on our disk, under a name of ours; `name` is what the sender called them."""

    kind: Kind
    path: Path
    name: str
    limit: int
    """Largest size in bytes."""
    sender: str = ""
    """The pseudonym of the address that it came from; "" for a program on this machine."""

    @property
    def extension(self) -> str:
        return Path(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class Clean:
    """What was made of a candidate that passed: nothing of its bytes is left in it."""

    path: Path
    media_type: str
    preview: Path
    preview_type: str
    scanned: bool
    """Whether clamd has said OK; False where it is off, or optional and away."""


def refusal(layer: str, code: str, message: str, *, security: bool = False) -> FileValidationFailed:
    """The error by which a layer refuses a file; `security` puts the file in quarantine."""
    errors = [{"layer": layer, "code": code, "message": message}]
    return FileValidationFailed(message, errors=errors, security=security)
