"""Check an uploaded file with every layer and make the clean copy that is stored."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from config.settings import Settings, current
from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import CallsheetError, FileValidationFailed
from web.uploads import pictures, recordings
from web.uploads.candidate import Candidate, Clean, FileType, Kind, refusal
from web.uploads.confinement import benches
from web.uploads.content_type import check_content_type
from web.uploads.layers import CONTENT, METADATA
from web.uploads.layers.extension import MEDIA_TYPES
from web.uploads.scanning import Policy, Scanner

PREVIEW_TYPES: Mapping[Kind, str] = {
    "face": pictures.PREVIEW_TYPE,
    "voice": recordings.PREVIEW_TYPE,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check; `errors` is empty for a valid file."""

    errors: list[dict[str, str]]

    @property
    def is_valid(self) -> bool:
        return not self.errors


@dataclass(frozen=True, slots=True)
class SecureFileValidator:
    """Checks and re-encodes files without trusting anything they claim."""

    scanner: Scanner = field(default_factory=lambda: open_scanner(current()))
    temporary: Path = field(default_factory=lambda: current().path("temp"))
    max_file_sizes: Mapping[FileType, int] = field(default_factory=lambda: sizes(current()))

    @contextmanager
    def clean(self, candidate: Candidate, *, trusted: bool = False) -> Iterator[Clean]:
        """Provide a clean copy for the length of a block, or raise the first refusal.

        With `trusted` (an operator releases the file), content checks and the virus scan are
        skipped, but the file must still be re-encodable.
        """
        for layer in METADATA:
            layer(candidate)
        self.temporary.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.temporary, prefix="examine-") as name:
            directory = Path(name)
            with benches.bench(candidate.sender):
                if not trusted:
                    _check_content(candidate, directory)
                path, media_type, preview = _re_encoded(candidate, directory, trusted=trusted)
            scanned = False if trusted else self.scanner.scan(candidate)
            preview_type = PREVIEW_TYPES[candidate.kind]
            yield Clean(path, media_type, preview, preview_type, scanned)

    def validate_file(self, file_path: str | Path, expected_type: FileType) -> Verdict:
        """Return whether a file on this disk would be accepted."""
        try:
            with self.clean(self._candidate(Path(file_path), expected_type)):
                return Verdict([])
        except FileValidationFailed as error:
            return Verdict(error.details["errors"])
        except CallsheetError as error:
            return Verdict([{"layer": "scan", "code": error.code, "message": str(error)}])

    def create_safe_copy(self, file_path: str | Path, destination: str | Path) -> Path:
        """Write the clean copy of an accepted file, whose extension decides its type."""
        source, target = Path(file_path), Path(destination)
        with self.clean(self._candidate(source, _type_of(source))) as clean:
            part = target.with_name(f".{target.name}.part")
            shutil.copyfile(clean.path, part)
            return part.replace(target)

    def _candidate(self, path: Path, expected: FileType) -> Candidate:
        if not path.is_file():
            raise refusal("name", "NOT_A_FILE", "The file does not exist.")
        return Candidate(expected.kind, path.absolute(), path.name, self.max_file_sizes[expected])


def open_scanner(settings: Settings, breakers: CircuitBreakers | None = None) -> Scanner:
    """Create the scanner that the settings describe."""
    largest = max(limit_of(settings, kind.kind) for kind in FileType)
    return Scanner(cast(Policy, settings.clamd), settings.clamd_socket, largest, breakers)


def open_validator(settings: Settings, scanner: Scanner) -> SecureFileValidator:
    """Create the validator that the settings describe."""
    return SecureFileValidator(scanner, settings.path("temp"), sizes(settings))


def sizes(settings: Settings) -> Mapping[FileType, int]:
    """Return the largest size of each type of file, in bytes."""
    return {kind: limit_of(settings, kind.kind) for kind in FileType}


def limit_of(settings: Settings, kind: Kind) -> int:
    """Return the largest size of a kind of upload, in bytes."""
    megabytes = settings.face_max_mb if kind == "face" else settings.voice_max_mb
    return megabytes * 1024**2


def _check_content(candidate: Candidate, directory: Path) -> None:
    """Refuse by the layers that read the file; a wrong type explains what others find in it."""
    try:
        for layer in CONTENT[candidate.kind]:
            layer(candidate)
    except FileValidationFailed:
        check_content_type(candidate, directory)
        raise


def _re_encoded(candidate: Candidate, directory: Path, *, trusted: bool) -> tuple[Path, str, Path]:
    if candidate.kind == "face":
        return pictures.re_encoded(candidate, directory, trusted=trusted)
    recordings.check_recording(candidate, directory, trusted=trusted)
    return recordings.re_encoded(candidate, directory)


def _type_of(path: Path) -> FileType:
    face = path.suffix.lower() in MEDIA_TYPES["face"]
    return FileType.FACE_IMAGE if face else FileType.VOICE_AUDIO
