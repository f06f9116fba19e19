"""Check an uploaded file with every layer and make the clean copy that is stored."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from config.settings import Settings
from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import FileValidationFailed
from web.uploads import pictures, recordings, samples
from web.uploads.candidate import Candidate, Clean, Kind
from web.uploads.confinement import benches
from web.uploads.content_type import check_content_type
from web.uploads.layers import CONTENT, METADATA
from web.uploads.scanning import Policy, Scanner

PREVIEW_TYPES: Mapping[Kind, str] = {
    "face": pictures.PREVIEW_TYPE,
    "voice": recordings.PREVIEW_TYPE,
    "sample": samples.PREVIEW_TYPE,
}


@dataclass(frozen=True, slots=True)
class Validator:
    """Checks and re-encodes files without trusting anything they claim."""

    scanner: Scanner
    temporary: Path
    sample_seconds: float = 60.0
    sample_scanner: Scanner | None = None
    """For larger files: clamd whose limits fit only the others still scans those. None: the same"""

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
                path, media_type, preview = self._re_encoded(candidate, directory, trusted=trusted)
            is_sample = candidate.kind == "sample"
            scanner = (self.sample_scanner if is_sample else None) or self.scanner
            scanned = False if trusted else scanner.scan(candidate)
            preview_type = PREVIEW_TYPES[candidate.kind]
            yield Clean(path, media_type, preview, preview_type, scanned)

    def _re_encoded(
        self, candidate: Candidate, directory: Path, *, trusted: bool
    ) -> tuple[Path, str, Path]:
        if candidate.kind == "face":
            return pictures.re_encoded(candidate, directory, trusted=trusted)
        if candidate.kind == "sample":
            samples.check_sample(candidate, directory, trusted=trusted)
            return samples.copied(candidate, directory, self.sample_seconds)
        recordings.check_recording(candidate, directory, trusted=trusted)
        return recordings.re_encoded(candidate, directory)


def open_scanner(settings: Settings, breakers: CircuitBreakers | None = None) -> Scanner:
    """Create the scanner of pictures and recordings that the settings describe."""
    largest = max(settings.face_max_mb, settings.voice_max_mb) * 1024**2
    return Scanner(cast(Policy, settings.clamd), settings.clamd_socket, largest, breakers)


def open_validator(settings: Settings, scanner: Scanner) -> Validator:
    """Create the validator that the settings describe."""
    largest = limit_of(settings, "sample")
    sample_scanner = Scanner(scanner.policy, scanner.address, largest, scanner.breakers)
    seconds = settings.projects.sample_max_seconds
    return Validator(scanner, settings.path("temp"), seconds, sample_scanner)


def limit_of(settings: Settings, kind: Kind) -> int:
    """Return the largest size of a kind of upload, in bytes."""
    megabytes = {
        "face": settings.face_max_mb,
        "voice": settings.voice_max_mb,
        "sample": settings.projects.sample_max_mb,
    }[kind]
    return megabytes * 1024**2


def _check_content(candidate: Candidate, directory: Path) -> None:
    """Refuse by the layers that read the file; a wrong type explains what others find in it."""
    try:
        for layer in CONTENT[candidate.kind]:
            layer(candidate)
    except FileValidationFailed:
        check_content_type(candidate, directory)
        raise
