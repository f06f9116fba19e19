"""The one secret of an installation, and the keys that are derived from it.

It is `SECRET_KEY`; where that is empty, a random one in a file of the state directory, which the
control plane makes and only its owner can read. A worker beside it finds it there; one with a
token has keys of its own instead.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from config.settings import Settings

FILE: Final = "secret-key"
_SALT: Final = b"callsheet"


def find(settings: Settings) -> bytes | None:
    """Return the secret where it is known on this machine."""
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
