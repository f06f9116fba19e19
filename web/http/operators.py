"""Who is an operator: whoever has the operators' token. No address makes anybody one.

Without `OPERATOR_TOKEN` the token is made once and kept in the state directory, readable for
its owner alone: commands on this machine find it there.

A route says who may call it with a decorator, and that is checked before anything of the
request is parsed: a stranger learns nothing from how garbage is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import Flask, current_app, request

from config.secret_files import OPERATOR_TOKEN, kept
from config.settings import Settings
from tasks.telemetry.metrics_server import has_token, metrics_token
from web.errors import OperatorsOnly
from web.http.signing_in import SignIn
from web.services import Services

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[], bool]

GUARD: Final = "callsheet_guard"
"""Attribute of a view: what must hold before its arguments are parsed."""


def operator_token(settings: Settings) -> str:
    """The setting, or the token that is kept in the state directory."""
    return settings.operator_token or kept(settings.state, OPERATOR_TOKEN)


def register(app: Flask, services: Services) -> None:
    """Authorise every request to a guarded view before the view's arguments are parsed."""
    token = app.extensions["operator_token"] = operator_token(services.settings)
    app.extensions["metrics_token"] = metrics_token(services.settings)
    app.extensions["is_operator"] = is_operator  # schemas ask it; they lie below this module
    app.extensions["sign_ins"] = SignIn.open(services, token)
    app.before_request(_authorise)


def is_operator(given: object = None) -> bool:
    """Whether this request may do what operators may; a socket gives its token in a message.

    A request shows the token, or the cookie of a browser that was signed in with it.
    """
    if given is None:
        given = _bearer()
        if not given:
            return sign_ins().is_signed_in()
    return isinstance(given, str) and _is(given, current_app.extensions["operator_token"])


def is_monitor() -> bool:
    """Whether this request may read figures: with the metrics token, or as an operator."""
    header = request.headers.get("Authorization", "")
    return has_token(header, current_app.extensions["metrics_token"]) or is_operator()


def monitors_only(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse a route of figures to all but monitoring and operators."""
    return guarded(view, is_monitor)


def sign_ins() -> SignIn:
    """The links and cookies of this application."""
    held: SignIn = current_app.extensions["sign_ins"]
    return held


def guarded(view: Callable[P, R], check: Check) -> Callable[P, R]:
    """Refuse a route unless the check holds; decorators around it keep the attribute."""

    @wraps(view)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        if not check():
            raise OperatorsOnly
        return view(*args, **kwargs)

    setattr(inner, GUARD, check)
    return inner


def operators_only(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse a route to everybody else."""
    return guarded(view, is_operator)


def is_guarded() -> bool:
    """Whether the route of this request asks who calls."""
    return _guard() is not None


def _guard() -> Check | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, GUARD, None)


def _authorise() -> None:
    check = _guard()
    if check is not None and not check():
        raise OperatorsOnly


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode())
