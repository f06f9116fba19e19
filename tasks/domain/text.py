"""Decide which characters a text may contain, in bodies, forms, paths and messages.

Everything downstream stores text as UTF-8 and prints it: a lone surrogate has no UTF-8, NUL
ends a string in PostgreSQL and in C, and control characters rewrite logs and terminals.
Format characters, such as those that set a writing direction, are part of real languages.
"""

from __future__ import annotations

import re
from typing import Final

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
PATTERN: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
"""The same for the OpenAPI document. JSON has no lone surrogates that would have to be excluded."""
QUERY_PATTERN: Final = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"
"""The same for a query, where a carriage return is not part of a line's end."""
_NEWLINE: Final = re.compile(r"\r\n?")


def normalise_newlines(text: str) -> str:
    """End every line with a single line feed.

    >>> normalise_newlines("one\\r\\ntwo\\rthree")
    'one\\ntwo\\nthree'
    """
    return _NEWLINE.sub("\n", text)


def find_forbidden(text: str) -> str | None:
    """Return the first forbidden character, as `U+0000`; None if there is none.

    >>> find_forbidden("a\\tb\\nc"), find_forbidden("a\\x00b"), find_forbidden("\\ud800")
    (None, 'U+0000', 'U+D800')
    """
    found = _FORBIDDEN.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def forbidden_message(code: str) -> str:
    """Return the message for a sender of such a character."""
    return f"Remove the character {code}: text cannot contain it."
