"""Random tokens and their digests."""

from __future__ import annotations

import hashlib
import secrets


def digest_of(token: str) -> str:
    """Hash a random token; a fast hash is safe, because 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_token() -> str:
    """Create a token of 256 random bits."""
    return secrets.token_urlsafe(32)
