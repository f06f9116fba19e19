"""Who owns what a request opens: an API key where one is sent, else the session itself.

Limits, turns, repeated requests and cached results hang on the owner. A `user_id` is what a
caller claims, so it decides nothing.
"""

from __future__ import annotations

from typing import Final

from flask import request

from web.gate.rates import HEADER, caller
from web.services import services

API_KEY: Final = "key:"
"""Begins the owner of an API key's sessions; the id of a session never holds a colon."""


def of_request() -> str | None:
    """The owner that this request proves to be; None leaves a new session to itself."""
    given = request.headers.get(HEADER)
    return None if given is None else caller(services().settings, given, "").name
