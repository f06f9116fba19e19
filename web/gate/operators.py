"""Who is an operator: who has the token, or, where none is set, who calls from this machine."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from web.errors import OperatorsOnly
from web.gate.addresses import is_here
from web.services import services

P = ParamSpec("P")
R = TypeVar("R")


def is_operator(given: object = None) -> bool:
    """Whether this request may do what operators may; a socket gives its token in a message."""
    settings = services().settings
    token = settings.operator_token
    if not token:
        return is_here(request.environ, settings.trusted_proxies)
    if given is None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
    return isinstance(given, str) and hmac.compare_digest(given.encode(), token.encode())


def operators_only(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse a route to everybody else."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_operator():
            raise OperatorsOnly
        return view(*args, **kwargs)

    return guarded
