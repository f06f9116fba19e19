"""Who sent a request, as far as limits need to know: a pseudonym of the address."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from flask import has_request_context, request

from config.settings import Settings
from web.gate.addresses import household, origin

_CHARACTERS: Final = 32


def sender(settings: Settings) -> str:
    """The pseudonym of the address that this request came from; "" for a call without one.

    Limits compare it and rows keep it; the address itself is not stored.
    """
    if not has_request_context():
        return ""
    address = household(origin(request.environ, settings.trusted_proxies))
    return pseudonym(settings, address)


def pseudonym(settings: Settings, address: str) -> str:
    """The same address gives the same name in every process of a system."""
    key = settings.secret_key.encode() or b"callsheet"
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:_CHARACTERS]
