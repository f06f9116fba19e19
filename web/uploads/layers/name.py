"""Check the file name: it is only displayed, but an unsafe name reveals an attack."""

from __future__ import annotations

from urllib.parse import unquote

from web.uploads.candidate import Candidate, refusal

LONGEST_NAME = 255


def check_name(candidate: Candidate) -> None:
    """Refuse missing, overlong and unsafe names."""
    name = candidate.name
    if not name.strip():
        raise refusal("name", "NAME_MISSING", "Give the file a name with its extension.")
    if len(name) > LONGEST_NAME:
        raise refusal("name", "NAME_TOO_LONG", "The name of the file is too long.")
    if _unsafe(name) or _unsafe(unquote(name)):
        raise refusal(
            "name", "NAME_UNSAFE", "The name of the file contains characters that are not allowed."
        )


def _unsafe(name: str) -> bool:
    # Unprintable characters include control characters, line ends and text direction marks.
    return not name.isprintable() or name.startswith(".") or any(c in name for c in "/\\<>|")
