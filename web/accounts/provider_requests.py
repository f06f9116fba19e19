"""Ask identity providers: bounded in time and size, and without following redirects."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx2

from web.accounts.errors import IdentityRefused, ProviderUnavailable

_TIMEOUT: Final = 5.0
"""Of each step: connecting, sending and each read."""
_TOTAL_SECONDS: Final = 10.0
LARGEST: Final = 512 * 1024
"""Bytes of the largest answer that is read."""


def ask(method: str, url: str, **sent: Any) -> dict[str, Any]:
    """Return the JSON object that a provider answers; anything else is refused."""
    found = ask_any(method, url, **sent)
    if not isinstance(found, dict):
        raise IdentityRefused
    return found


def ask_any(method: str, url: str, headers: Mapping[str, str] | None = None, **sent: Any) -> Any:
    """Send a request to a provider; what it refuses is refused, and an outage is an outage."""
    # A compressed answer could be small on the wire and huge in memory.
    accept = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    try:
        with httpx2.stream(method, url, headers=accept, timeout=_TIMEOUT, **sent) as answer:
            if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
                raise ProviderUnavailable
            if answer.status_code != httpx2.codes.OK:
                raise IdentityRefused
            return json.loads(_body(answer))
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise ProviderUnavailable from None
    except (ValueError, RecursionError):
        raise IdentityRefused from None


def text(found: Mapping[str, Any], name: str) -> str:
    """Return a text of an answer, which must be there."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise IdentityRefused
    return value


def _body(answer: httpx2.Response) -> bytes:
    body, until = bytearray(), time.monotonic() + _TOTAL_SECONDS
    for block in answer.iter_raw():
        body += block
        if len(body) > LARGEST:
            raise IdentityRefused
        if time.monotonic() > until:
            raise ProviderUnavailable
    return bytes(body)
