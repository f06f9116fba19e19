"""API keys with their own rate limit, as `NAME:SHA256:RATE`; only the digest is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_ENTRY = re.compile(r"([A-Za-z0-9_.-]{1,64}):([0-9a-f]{64}):([1-9]\d{0,6})")
KEY_BYTES = 24


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key: the name of its owner, its digest and its requests per minute."""

    name: str
    sha256: str
    requests_a_minute: int

    def __str__(self) -> str:
        return f"{self.name}:{self.sha256}:{self.requests_a_minute}"


def parse(text: str) -> tuple[ApiKey, ...]:
    """Parse the setting `API_KEYS`.

    >>> parse(f"studio:{'0' * 64}:600")[0].requests_a_minute
    600
    """
    words = re.split(r"[,\s]+", text.strip())
    matches = [_ENTRY.fullmatch(word) for word in words if word]
    if None in matches:
        raise ValueError("not NAME:SHA256:RATE")
    found = [ApiKey(m[1], m[2], int(m[3])) for m in matches if m]
    return tuple(found)


def digest(key: str) -> str:
    """Hash a key; a fast hash is safe, because 192 random bits cannot be guessed."""
    return hashlib.sha256(key.encode()).hexdigest()


def make(name: str, requests_a_minute: int) -> tuple[str, ApiKey]:
    """Create a key; return it with the entry that the server stores."""
    key = secrets.token_urlsafe(KEY_BYTES)
    return key, ApiKey(name, digest(key), requests_a_minute)
