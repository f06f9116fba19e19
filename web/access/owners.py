"""Owners of new sessions: a user, an API key, the operators, or the session itself.

Limits, queue turns, idempotency keys and cached results belong to the owner. A `user_id` is only
claimed by the caller, so nothing depends on it.
"""

from __future__ import annotations

from web.http.authentication import authenticated


def of_request() -> str | None:
    """Return the owner that this request authenticates; None for a session that owns itself."""
    return authenticated().owner
