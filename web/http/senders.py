"""Who sent a request, as far as limits need to know: a pseudonym of the address."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from flask import has_request_context, request

from web.http.addresses import client_address, rate_limit_key
from web.services import Services, current_services

_CHARACTERS: Final = 32


def sender(held: Services) -> str:
    """The pseudonym of the address that this request came from; "" for a call without one.

    Limits compare it and rows keep it; the address itself is not stored.
    """
    address = sender_address()
    if not address:
        return ""
    told = hmac.new(held.secret_key, f"address:{address}".encode(), hashlib.sha256)
    return told.hexdigest()[:_CHARACTERS]


def sender_address() -> str:
    """The address itself, for counts in this process only; "" outside of a request."""
    if not has_request_context():
        return ""
    return rate_limit_key(
        client_address(request.environ, current_services().settings.trusted_proxies)
    )
