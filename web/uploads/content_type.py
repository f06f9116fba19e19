"""Check with libmagic that the content matches the extension, in the child that decodes the file.

The server's own process only finds the library; `launcher` calls it after the limits apply.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from tasks.domain.errors import NotReady
from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import ChildResult, Detection, Limits, confined
from web.uploads.launcher import NO_DETECTION, WRONG_TYPE
from web.uploads.layers.extension import MEDIA_TYPES

log = logging.getLogger(__name__)

# Versions of libmagic use different names for one media type.
_NAMES: Final[dict[str, frozenset[str]]] = {
    "image/jpeg": frozenset({"image/jpeg"}),
    "image/png": frozenset({"image/png"}),
    "image/webp": frozenset({"image/webp"}),
    "image/heic": frozenset({"image/heic", "image/heif"}),
    "image/avif": frozenset({"image/avif"}),
    "audio/wav": frozenset({"audio/x-wav", "audio/wav", "audio/vnd.wave"}),
    "audio/mpeg": frozenset({"audio/mpeg", "audio/mpegadts"}),
    "audio/flac": frozenset({"audio/flac", "audio/x-flac"}),
    "audio/ogg": frozenset({"audio/ogg", "application/ogg", "video/ogg"}),
    "audio/webm": frozenset({"video/webm", "audio/webm"}),
    "video/mp4": frozenset({"video/mp4", "video/x-m4v", "video/quicktime"}),
    "video/quicktime": frozenset({"video/quicktime", "video/mp4", "video/x-m4v"}),
    "video/webm": frozenset({"video/webm", "video/x-matroska"}),
    "audio/mp4": frozenset({"audio/x-m4a", "audio/mp4", "video/mp4", "audio/x-hx-aac-adts"}),
}
_DETECT: Final = Limits(seconds=10)


def check_content_type(candidate: Candidate, directory: Path) -> None:
    """Refuse a file whose content does not match its extension."""
    decoded(candidate, (), _DETECT, directory)


def decoded(
    candidate: Candidate, command: Sequence[str], limits: Limits, directory: Path
) -> ChildResult:
    """Run a decoder in a child that refuses the file first if its content has another type."""
    expected = _NAMES[MEDIA_TYPES[candidate.kind][candidate.extension]]
    detection = Detection(*library(), str(candidate.path), tuple(sorted(expected)))
    result = confined(command, limits, directory, detection)
    if result.code == WRONG_TYPE:
        raise refusal(
            "magic",
            "CONTENT_MISMATCH",
            f"The content of the file does not match the extension {candidate.extension}.",
            security=True,
        )
    if result.code == NO_DETECTION:
        log.error("libmagic cannot be used", extra={"error": result.err[-500:]})
        raise NotReady("The server cannot check files now.", missing="libmagic")
    return result


@cache
def library() -> tuple[str, str]:
    """Return the file of libmagic and its database (empty: the library's own).

    Raise ImportError where it is not installed.
    """
    magic = module()
    return str(magic.libmagic._name), os.environ.get("MAGIC", "")


@cache
def module() -> Any:
    """Import python-magic, with the libmagic of the machine or of the wheel."""
    try:
        return importlib.import_module("magic")
    except ImportError:  # no libmagic on this machine: use the one from the wheel
        importlib.import_module("pylibmagic")  # puts its libmagic where `magic` looks
        return importlib.import_module("magic")
