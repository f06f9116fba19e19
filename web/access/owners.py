"""Owners of new sessions: an API key, the operators, or the session itself.

Limits, queue turns, idempotency keys and cached results belong to the owner. A `user_id` is only
claimed by the caller, so nothing depends on it.
"""

from __future__ import annotations

from typing import Final

from flask import request

from web.http.operators import is_operator
from web.http.rates import HEADER, caller
from web.services import current_services

OPERATORS: Final = "operators"
"""The owner of what operators open, so that each `callsheet render` reuses earlier results."""


def of_request() -> str | None:
    """Return the owner that this request authenticates; None for a session that owns itself."""
    api_key = request.headers.get(HEADER)
    if api_key is not None:
        return caller(current_services().settings, api_key, "").name
    return OPERATORS if is_operator() else None
