"""Identify the sender of a request by its address, for limits."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from flask import has_request_context, request

from web.http.addresses import client_address, rate_limit_key
from web.services import Services, current_services

_CHARACTERS: Final = 32


def sender(services: Services) -> str:
    """Return the pseudonym of the request's address; empty outside of a request.

    Limits compare it and rows store it; the address itself is not stored.
    """
    address = sender_address()
    if not address:
        return ""
    pseudonym = hmac.new(services.secret_key, f"address:{address}".encode(), hashlib.sha256)
    return pseudonym.hexdigest()[:_CHARACTERS]


def sender_address() -> str:
    """Return the address itself, for counts in this process; empty outside of a request."""
    if not has_request_context():
        return ""
    return rate_limit_key(
        client_address(request.environ, current_services().settings.trusted_proxies)
    )
