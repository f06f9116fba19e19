"""The name: it is only ever shown, but what hides in a name tells of its sender."""

from __future__ import annotations

from urllib.parse import unquote

from web.uploads.candidate import Candidate, refusal

LONGEST_NAME = 255


def check_name(candidate: Candidate) -> None:
    name = candidate.name
    if not name.strip():
        raise refusal("name", "NAME_MISSING", "Give the file a name with its extension.")
    if len(name) > LONGEST_NAME:
        raise refusal("name", "NAME_TOO_LONG", "The name of the file is too long.")
    if _unsafe(name) or _unsafe(unquote(name)):
        raise refusal(
            "name", "NAME_UNSAFE", "The name of the file has characters that names cannot have."
        )


def _unsafe(name: str) -> bool:
    # Not printable: control characters, line ends and the marks that turn text around.
    return not name.isprintable() or name.startswith(".") or any(c in name for c in "/\\<>|")
