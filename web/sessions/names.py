"""Session ids and names: the id is the caller's secret, the name is what the server stores.

An id is random and gives access to everything in its session, so it is never stored. Database,
store, streams, logs and the operators' pages use the session's name, a digest of the id, which
gives access to nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any, Final

NAME_LETTERS: Final = 31
"""Letters of the digest; with the leading `s` they have the length of earlier ids."""

_EARLIER: Final = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Create an id of 128 random bits, for the caller only."""
    return secrets.token_hex(16)


def name_of(session_id: str) -> str:
    """Derive the name of a session from its id.

    >>> name_of("0123456789abcdef0123456789abcdef")
    's55a5f89369313a30d27aab76918811f'
    """
    message = f"callsheet-session:{session_id}".encode(errors="replace")
    return "s" + hashlib.sha256(message).hexdigest()[:NAME_LETTERS]


def unused_name() -> str:
    """Create the name of a session that no id leads to, so that only operators can use it."""
    return name_of(new_id())


def is_earlier_id(session_id: str) -> bool:
    """Return whether this may be the id of a session from the time when ids were stored.

    No name has this form, so a name never gives access to a session.
    """
    return _EARLIER.fullmatch(session_id) is not None


def told(value: Any, name: str, session_id: str) -> Any:
    """Replace a session's name by the caller's id everywhere in a JSON value.
    >>> told({"session_id": "s1", "urls": ["/download/s1/a.mp4"]}, "s1", "mine")
    {'session_id': 'mine', 'urls': ['/download/mine/a.mp4']}
    """
    if name == session_id:
        return value
    if isinstance(value, str):
        return value.replace(name, session_id)
    if isinstance(value, dict):
        return {key: told(inner, name, session_id) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [told(inner, name, session_id) for inner in value]
    return value
