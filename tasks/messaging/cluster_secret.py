"""The one secret of an installation, and the keys that are derived from it.

It is `SECRET_KEY` or, if that is empty, a random one that the control plane keeps in a private
file of the state directory. A worker with the same state directory reads it there; a worker with
a token has its own keys.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from config.settings import Settings

FILE: Final = "secret-key"
_SALT: Final = b"callsheet"


def find(settings: Settings) -> bytes | None:
    """Return the secret; None if this machine does not have it."""
    if settings.secret_key:
        return settings.secret_key.encode()
    try:
        return settings.path(FILE).read_bytes()
    except OSError:
        return None


def derive(secret: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose: HKDF with SHA-256 (RFC 5869), one block.

    >>> derive(b"secret", "a") == derive(b"secret", "b")
    False
    """
    extracted = hmac.digest(_SALT, secret, hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)
