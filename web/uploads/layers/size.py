"""Check the size; the upper limit was already enforced while the file was received."""

from __future__ import annotations

from tasks.domain.errors import FileValidationFailed
from web.uploads.candidate import Candidate, refusal


def check_size(candidate: Candidate) -> None:
    """Refuse an empty or too large file."""
    size = candidate.path.stat().st_size
    if size == 0:
        raise refusal("size", "EMPTY", "The file is empty.")
    if size > candidate.limit:
        raise too_large(candidate.limit)


def too_large(limit: int) -> FileValidationFailed:
    """Create the error for a file over the limit in bytes."""
    return refusal("size", "TOO_LARGE", f"The file is larger than {limit // 1024**2} MB.")
