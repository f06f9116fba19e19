"""Callers that have a rate of their own: `NAME:SHA256:RATE`, the key itself is kept by nobody."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_ENTRY = re.compile(r"([A-Za-z0-9_.-]{1,64}):([0-9a-f]{64}):([1-9]\d{0,6})")
KEY_BYTES = 24


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: whose it is, its digest, and its requests a minute."""

    name: str
    sha256: str
    requests_a_minute: int

    def __str__(self) -> str:
        return f"{self.name}:{self.sha256}:{self.requests_a_minute}"


def parse(text: str) -> tuple[ApiKey, ...]:
    """
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
    """Of a key: enough for 192 random bits, which nobody guesses however fast a hash is."""
    return hashlib.sha256(key.encode()).hexdigest()


def make(name: str, requests_a_minute: int) -> tuple[str, ApiKey]:
    """A new key, and what the server is to know of it."""
    key = secrets.token_urlsafe(KEY_BYTES)
    return key, ApiKey(name, digest(key), requests_a_minute)
