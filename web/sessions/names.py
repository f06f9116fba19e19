"""From a session's id to its name: the id is a secret of its caller, the name is all we keep.

An id is random and opens everything of its session, so it is stored nowhere. What stands for
the session inside (database, store, streams, logs, operators' pages) is its name, a digest of
the id: whoever reads the name cannot get in with it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any, Final

NAME_LETTERS: Final = 31
"""Of the digest: with the letter before them they fill the columns of earlier ids."""

_EARLIER: Final = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """128 random bits, for the caller alone."""
    return secrets.token_hex(16)


def name_of(session_id: str) -> str:
    """
    >>> name_of("0123456789abcdef0123456789abcdef")
    's55a5f89369313a30d27aab76918811f'
    """
    said = f"callsheet-session:{session_id}".encode(errors="replace")
    return "s" + hashlib.sha256(said).hexdigest()[:NAME_LETTERS]


def unused_name() -> str:
    """The name of a session that no id opens: only operators reach it."""
    return name_of(new_id())


def is_earlier_id(session_id: str) -> bool:
    """Whether this may be the id of a session that was opened when ids were kept as they are.

    No name looks like that, so knowing a name never opens a session.
    """
    return _EARLIER.fullmatch(session_id) is not None


def told(value: Any, name: str, session_id: str) -> Any:
    """The same JSON value with the caller's id wherever we have the name.

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
