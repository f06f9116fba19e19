"""Who reads the answer to this request: some answers say less to callers than to operators."""

from __future__ import annotations

from typing import Final

from flask import current_app, has_request_context, request

_KNOWN: Final = "callsheet.asked_by_operator"


def is_for_operator() -> bool:
    """Return whether this request comes from an operator; checked once per request."""
    if not has_request_context():
        return False
    known = request.environ.get(_KNOWN)
    if known is None:
        known = request.environ[_KNOWN] = bool(current_app.extensions["is_operator"]())
    return bool(known)
