"""The content, as libmagic sees it, must be what the extension promised."""

from __future__ import annotations

import importlib
import threading
from functools import cache
from typing import Any

from web.uploads.candidate import Candidate, refusal
from web.uploads.layers.extension import MEDIA_TYPES

# Several spellings of one thing, as versions of libmagic say it.
_SEEN_AS: dict[str, frozenset[str]] = {
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
    promised = MEDIA_TYPES[candidate.kind][candidate.extension]
    seen = sniff(candidate)
    if seen not in _SEEN_AS[promised]:
        raise refusal(
            "magic",
            "CONTENT_MISMATCH",
            f"The content of the file is not what {candidate.extension} says it is.",
            security=True,
        )


def sniff(candidate: Candidate) -> str:
    """The media type of a file by its content."""
    with _one_at_a_time:  # a libmagic cookie is not made for two threads
        seen: str = cookie().from_file(str(candidate.path))
    return seen


@cache
def cookie() -> Any:
    """libmagic, opened once; ImportError where there is none."""
    try:
        import magic
    except ImportError:  # no libmagic on this machine: the one from the wheel
        importlib.import_module("pylibmagic")  # puts its libmagic where `magic` looks
        magic = importlib.import_module("magic")
    return magic.Magic(mime=True)
