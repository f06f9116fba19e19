"""Which passwords people may choose."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

SHORTEST: Final = 8
LONGEST: Final = 128


def require_good(password: str) -> None:
    """Refuse a password of the wrong length or a common one; raises `ValueError`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"Choose a password of {SHORTEST} to {LONGEST} characters.")
    if unicodedata.normalize("NFKC", password).lower() in _common():
        raise ValueError("This password is too common. Choose another one.")


@cache
def _common() -> frozenset[str]:
    """Return the common passwords of permitted length, from the lists of `zxcvbn` (MIT)."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)
