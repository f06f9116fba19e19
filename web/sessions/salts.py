"""The salt of an owner: part of every content key, so that results are found by it alone.

A plan carries the salt, so that workers compute equal keys on any node. It is derived with
`SECRET_KEY`: whoever reads a plan learns nothing of its owner, and cannot salt for another.
"""

from __future__ import annotations

import hashlib
import hmac

from web.services import Services


def of_owner(services: Services, owner: str) -> str:
    """Empty where the operator lets all owners share their results."""
    if services.settings.cache_shared == "true":
        return ""
    return hmac.new(services.secret_key, f"results:{owner}".encode(), hashlib.sha256).hexdigest()
