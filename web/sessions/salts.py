"""Salts of owners: part of every content key, so that only the owner's jobs reuse its results.

A plan carries the salt, so that workers compute equal keys on every node. The salt is derived with
`SECRET_KEY`: a plan reveals nothing about its owner, and a reader cannot derive another salt.
"""

from __future__ import annotations

import hashlib
import hmac

from web.services import Services


def of_owner(services: Services, owner: str) -> str:
    """Derive the salt of an owner; it is empty where the operator lets owners share results."""
    if services.settings.cache_shared == "true":
        return ""
    return hmac.new(services.secret_key, f"results:{owner}".encode(), hashlib.sha256).hexdigest()
