"""`SecureFileValidator`: checks of files for Python programs, by the names of the first design."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.settings import Settings
from tasks.domain.errors import CallsheetError, FileValidationFailed
from web.compat.standalone import ensure_app_context
from web.services import Services, current_services
from web.uploads.candidate import Candidate, Clean, FileType, refusal
from web.uploads.layers.extension import MEDIA_TYPES
from web.uploads.scanning import Scanner
from web.uploads.validation import Validator, limit_of, open_scanner

__all__ = ["FileType", "SecureFileValidator", "Verdict"]

DIGEST_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check; `errors` is empty for a valid file."""

    errors: list[dict[str, Any]]

    @property
    def is_valid(self) -> bool:
        return not self.errors


class SecureFileValidator:
    """Checks and re-encodes files of this disk, as uploads are."""

    def __init__(self, services: Services | None = None) -> None:
        with ensure_app_context():
            self._services = services or current_services()
        settings = self._services.settings
        self.max_file_sizes: Mapping[FileType, int] = {
            kind: limit_of(settings, kind.kind) for kind in FileType
        }
        """Largest size by type, in bytes; may be replaced or changed."""

    def validate_file(self, file_path: str | Path, expected_type: FileType) -> Verdict:
        """Return whether a file would be accepted."""
        try:
            with self._clean(Path(file_path), expected_type):
                return Verdict([])
        except FileValidationFailed as error:
            return Verdict(error.details["errors"])
        except CallsheetError as error:
            return Verdict([{"layer": "scan", "code": error.code, "message": str(error)}])

    def create_safe_copy(self, file_path: str | Path, destination: str | Path) -> Path:
        """Write the clean copy of an accepted file, whose extension decides its type.

        In a directory, the copy is named after the file and its contents, so that no other file
        is replaced.
        """
        source, target = Path(file_path), Path(destination)
        with self._clean(source, _type_of(source)) as clean:
            if target.is_dir():
                digest = _sha256(clean.path)[:DIGEST_LETTERS]
                target /= f"{source.stem}-{digest}{clean.path.suffix}"
            part = target.with_name(f".{target.name}.part")
            shutil.copyfile(clean.path, part)
            return part.replace(target)

    @contextmanager
    def _clean(self, path: Path, expected: FileType) -> Iterator[Clean]:
        if not path.is_file():
            raise refusal("name", "NOT_A_FILE", "The file does not exist.")
        limit = self.max_file_sizes[expected]
        candidate = Candidate(expected.kind, path.absolute(), path.name, limit)
        with self._validator(limit).clean(candidate) as clean:
            yield clean

    def _validator(self, limit: int) -> Validator:
        """Return the server's validator, with a scanner for larger files where they are allowed."""
        usual = self._services.validator
        if limit <= usual.scanner.largest:
            return usual
        return replace(usual, scanner=_scanner(self._services.settings, limit))


def _scanner(settings: Settings, largest: int) -> Scanner:
    scanner = open_scanner(settings)
    scanner.largest = largest
    return scanner


def _type_of(path: Path) -> FileType:
    face = path.suffix.lower() in MEDIA_TYPES["face"]
    return FileType.FACE_IMAGE if face else FileType.VOICE_AUDIO


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
