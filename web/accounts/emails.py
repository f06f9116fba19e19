"""Normalise mail addresses.

Only ASCII is accepted: an address in other letters can look exactly like the address of another
person. International domains are accepted in their ASCII form (`xn--`).
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 254
_LONGEST_LOCAL: Final = 64

_LOCAL: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_LOCAL})@(?:{_LABEL}\.)+{_LABEL}")


def normalised(text: str) -> str:
    """Return the address in the form that is stored and compared; raises `ValueError`.

    >>> normalised("Ada@Example.com")
    'ada@example.com'
    """
    address = text.lower() if text.isascii() else ""
    match = _ADDRESS.fullmatch(address)
    if match is None or len(address) > LONGEST or len(match[1]) > _LONGEST_LOCAL:
        raise ValueError("Enter an email address, like name@example.com.")
    return address


def normalised_or_none(found: object) -> str | None:
    """Return a normalised address of a provider's answer, or None if it is not valid here."""
    try:
        return normalised(found) if isinstance(found, str) else None
    except ValueError:
        return None
