"""Cut a part out of a recording that was checked and stored before."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tasks.domain.artifact import Blob
from web.services import Services
from web.uploads.candidate import WHOLE, Candidate, Clean, Trim

_NAME: Final = "recording.wav"


@contextmanager
def cut(services: Services, recording: Blob, part: Trim, sender: str) -> Iterator[Clean]:
    """Provide a part of a stored recording for the length of a block.

    Raises `FileValidationFailed` if the recording has no such part, or it is too short.
    """
    temporary = services.settings.path("temp")
    temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=temporary, prefix="examine-") as directory:
        whole = services.artifacts.local(recording, Path(directory), _NAME)
        candidate = Candidate("voice", whole, _NAME, recording.bytes, sender, part)
        # It is a clean copy: its content was checked and scanned when it was received.
        with services.validator.clean(candidate, trusted=True) as clean:
            yield clean


def source_of(digest: str, part: Trim) -> str:
    """Return what identifies a part of a file that was sent; the whole file is its own digest.

    >>> source_of("a" * 64, Trim()) == "a" * 64
    True
    >>> source_of("a" * 64, Trim(1.0)) == source_of("a" * 64, Trim(1.0, 9.0))
    False
    """
    if part == WHOLE:
        return digest
    return hashlib.sha256(f"{digest} {part.start} {part.end}".encode()).hexdigest()
