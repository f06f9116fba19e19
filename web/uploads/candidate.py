"""A received file that has not been checked yet, and its clean copy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

from tasks.domain.errors import FileValidationFailed

Kind = Literal["face", "voice", "sample"]


class FileType(StrEnum):
    """The type that a file is uploaded as."""

    FACE_IMAGE = "face_image"
    VOICE_AUDIO = "voice_audio"

    @property
    def kind(self) -> Kind:
        return "face" if self is FileType.FACE_IMAGE else "voice"


@dataclass(frozen=True, slots=True)
class Trim:
    """The part of a recording to keep, in seconds."""

    start: float = 0.0
    end: float | None = None
    """None: to its end."""


WHOLE: Final = Trim()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unchecked file on the server's disk; `name` is what the sender called it."""

    kind: Kind
    path: Path
    name: str
    limit: int
    """Largest size in bytes."""
    sender: str = ""
    """The pseudonym of the sender's address; empty for a program on this machine."""
    trim: Trim = WHOLE

    @property
    def extension(self) -> str:
        return Path(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class Clean:
    """The re-encoded copy of a file that passed; it contains none of the original bytes."""

    path: Path
    media_type: str
    preview: Path
    preview_type: str
    scanned: bool
    """Whether clamd found the file clean; False where it is off, or optional and unavailable."""


def refusal(layer: str, code: str, message: str, *, security: bool = False) -> FileValidationFailed:
    """Create the error with which a layer refuses a file; `security` quarantines the file."""
    errors = [{"layer": layer, "code": code, "message": message}]
    return FileValidationFailed(message, errors=errors, security=security)
