"""Who owns what a request opens: an API key or the operators, else the session itself.

Limits, turns, repeated requests and cached results hang on the owner. A `user_id` is what a
caller claims, so it decides nothing.
"""

from __future__ import annotations

from typing import Final

from flask import request

from web.http.operators import is_operator
from web.http.rates import HEADER, caller
from web.services import current_services

OPERATORS: Final = "operators"
"""Owner of what operators open: on one's own machine, each `callsheet render` reuses the last."""


def of_request() -> str | None:
    """The owner that this request proves to be; None leaves a new session to itself."""
    given = request.headers.get(HEADER)
    if given is not None:
        return caller(current_services().settings, given, "").name
    return OPERATORS if is_operator() else None
