"""Files of parts without pixels or sound, as the checks of their structure read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tasks.domain.errors import FileValidationFailed
from web.uploads.candidate import Candidate, Kind

Passes = Callable[..., bool]


def passing(directory: Path, kind: Kind, check: Callable[[Candidate], None]) -> Passes:
    """Return whether a file with some content passes; `size` appends zeros that take no room."""
    path = directory / "sent"

    def passes(extension: str, data: bytes, size: int = 0) -> bool:
        path.write_bytes(data)
        with path.open("r+b") as file:
            file.truncate(max(size, len(data)))
        try:
            check(Candidate(kind, path, f"me{extension}", 1))
        except FileValidationFailed as refused:
            [error] = refused.details["errors"]
            assert error["code"] == "TOO_COMPLEX"
            return False
        return True

    return passes
