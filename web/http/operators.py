"""Authorise operators: the operator token, or a user with the role; never by an address.

Without `OPERATOR_TOKEN`, the token is generated once and stored in the state directory, readable by
its owner only, where commands on this machine find it.

A decorator declares who may call a route. It is checked before the request is parsed, so that other
callers learn nothing from validation errors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import Flask, current_app, request

from config.secret_files import OPERATOR_TOKEN, ensure_secret
from config.settings import Settings
from tasks.domain.errors import RequestError
from tasks.telemetry.metrics_server import has_token, metrics_token
from web.errors import OperatorsOnly
from web.http.authentication import (
    authenticated,
    has_operator_credentials,
    is_access_token,
    is_operator_token,
    of_token,
)
from web.http.live_sign_ins import LiveSignIns
from web.http.signing_in import SignIn
from web.services import Services

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[], bool]

GUARD: Final = "callsheet_guard"
"""Attribute of a view: what must hold before its arguments are parsed."""


def operator_token(settings: Settings) -> str:
    """Return the token of the setting, or the one in the state directory."""
    return settings.operator_token or ensure_secret(settings.state, OPERATOR_TOKEN)


def register(app: Flask, services: Services) -> None:
    """Authorise every request to a guarded view before the view's arguments are parsed."""
    token = app.extensions["operator_token"] = operator_token(services.settings)
    app.extensions["metrics_token"] = metrics_token(services.settings)
    app.extensions["is_operator"] = is_operator  # for schemas, which may not import this module
    app.extensions["sign_ins"] = SignIn.open(services, token)
    app.extensions["live_sign_ins"] = LiveSignIns(app)
    app.before_request(_authorise)


def is_operator(given: object = None) -> bool:
    """Return whether this request comes from an operator; a socket passes its token as `given`.

    A request presents the operator token, the cookie of a browser that was signed in with it, or
    the access token of a user with the role.
    """
    try:
        if given is None:
            return has_operator_credentials() or authenticated().has_role("operator")
        return is_operator_token(given) or _is_token_of_operator(given)
    except RequestError:
        return False


def _is_token_of_operator(given: object) -> bool:
    if not isinstance(given, str) or not is_access_token(given):
        return False
    return of_token(given).has_role("operator")


def is_monitor() -> bool:
    """Return whether this request may read metrics: with the metrics token or as an operator."""
    header = request.headers.get("Authorization", "")
    return has_token(header, current_app.extensions["metrics_token"]) or is_operator()


def monitors_only(view: Callable[P, R]) -> Callable[P, R]:
    """Restrict a route to monitoring and operators."""
    return guarded(view, is_monitor)


def guarded(view: Callable[P, R], check: Check) -> Callable[P, R]:
    """Restrict a route to requests that pass a check; outer decorators keep the attribute."""

    @wraps(view)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        if not check():
            raise OperatorsOnly
        return view(*args, **kwargs)

    setattr(inner, GUARD, check)
    return inner


def operators_only(view: Callable[P, R]) -> Callable[P, R]:
    """Restrict a route to operators."""
    return guarded(view, is_operator)


def is_guarded() -> bool:
    """Return whether the route of this request is restricted."""
    return _guard() is not None


def _guard() -> Check | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, GUARD, None)


def _authorise() -> None:
    check = _guard()
    if check is not None and not check():
        raise OperatorsOnly
