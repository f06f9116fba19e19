"""Which passwords people may choose."""

from __future__ import annotations

from typing import Final

SHORTEST: Final = 8
LONGEST: Final = 128


def require_good(password: str) -> None:
    """Refuse a password that is too short or too long; raises `ValueError`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"Choose a password of {SHORTEST} to {LONGEST} characters.")
