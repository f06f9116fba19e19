"""Check with libmagic that the content matches the extension."""

from __future__ import annotations

import importlib
import threading
from functools import cache
from typing import Any

from web.uploads.candidate import Candidate, refusal
from web.uploads.layers.extension import MEDIA_TYPES

# Versions of libmagic use different names for one media type.
_NAMES: dict[str, frozenset[str]] = {
    "image/jpeg": frozenset({"image/jpeg"}),
    "image/png": frozenset({"image/png"}),
    "image/webp": frozenset({"image/webp"}),
    "audio/wav": frozenset({"audio/x-wav", "audio/wav", "audio/vnd.wave"}),
    "audio/mpeg": frozenset({"audio/mpeg", "audio/mpegadts"}),
    "audio/flac": frozenset({"audio/flac", "audio/x-flac"}),
    "audio/ogg": frozenset({"audio/ogg", "application/ogg", "video/ogg"}),
    "audio/mp4": frozenset({"audio/x-m4a", "audio/mp4", "video/mp4", "audio/x-hx-aac-adts"}),
}

_one_at_a_time = threading.Lock()


def check_magic(candidate: Candidate) -> None:
    """Refuse a file whose content does not match its extension."""
    expected = MEDIA_TYPES[candidate.kind][candidate.extension]
    detected = sniff(candidate)
    if detected not in _NAMES[expected]:
        raise refusal(
            "magic",
            "CONTENT_MISMATCH",
            f"The content of the file does not match the extension {candidate.extension}.",
            security=True,
        )


def sniff(candidate: Candidate) -> str:
    """Detect the media type of a file from its content."""
    with _one_at_a_time:  # a libmagic cookie is not thread-safe
        detected: str = cookie().from_file(str(candidate.path))
    return detected


@cache
def cookie() -> Any:
    """Open libmagic once; raises ImportError where it is not installed."""
    try:
        import magic
    except ImportError:  # no libmagic on this machine: use the one from the wheel
        importlib.import_module("pylibmagic")  # puts its libmagic where `magic` looks
        magic = importlib.import_module("magic")
    return magic.Magic(mime=True)
