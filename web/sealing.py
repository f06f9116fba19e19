"""Encrypt secrets of users, so that the database alone does not reveal them.

AES-256-GCM with a key derived from `SECRET_KEY`. The name of what is sealed is authenticated: a
secret that is copied to the row of another user cannot be opened. What `SECRET_KEY_PREVIOUS` has
sealed can be opened while that is set.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.services import Services

_NONCE_BYTES: Final = 12


def seal(services: Services, name: str, secret: str) -> str:
    """Encrypt a secret under the current key."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(services.secret_key).encrypt(nonce, secret.encode(), name.encode())
    return base64.b64encode(nonce + sealed).decode()


def unseal(services: Services, name: str, sealed: str) -> str | None:
    """Decrypt a secret; None if neither the current key nor the previous one has sealed it."""
    kept = base64.b64decode(sealed)
    previous = services.settings.secret_key_previous.encode()
    for key in (services.secret_key, *([previous] if previous else [])):
        try:
            opened = _cipher(key).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], name.encode())
        except InvalidTag:
            continue
        return opened.decode()
    return None


def _cipher(secret_key: bytes) -> AESGCM:
    return AESGCM(hmac.new(secret_key, b"sealed-secrets", hashlib.sha256).digest())
