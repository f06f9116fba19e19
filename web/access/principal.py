"""The principal of a request, and the decorators that say which principals a route is for.

Requirements are checked before the request is parsed, so that other callers learn nothing from
validation errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from web.accounts.models import Role
from web.accounts.principals import Principal
from web.errors import AdminsOnly, LoginRequired, OperatorsOnly
from web.http.authentication import authenticated
from web.services import current_services

P = ParamSpec("P")
R = TypeVar("R")

REQUIREMENT: Final = "callsheet_requirement"
"""Attribute of a view: raises for principals that may not call it."""


def require_user() -> Principal:
    """Return the principal of a signed-in user; raises `LoginRequired`."""
    principal = authenticated()
    if principal.kind != "user":
        raise login_required()
    return principal


def require_account() -> Principal:
    """Return the principal of a user, signed in or with an API key; raises `LoginRequired`."""
    principal = authenticated()
    if principal.user_id is None:
        raise login_required()
    return principal


def require_role(role: Role) -> Principal:
    """Return the principal if it has at least this role; the operator token has every role."""
    principal = authenticated()
    if principal.has_role(role):
        return principal
    if not principal.is_authenticated:
        raise login_required()
    raise AdminsOnly if role == "admin" else OperatorsOnly


def users_only(view: Callable[P, R]) -> Callable[P, R]:
    """Restrict a route to signed-in users."""
    setattr(view, REQUIREMENT, require_user)
    return view


def accounts_only(view: Callable[P, R]) -> Callable[P, R]:
    """Restrict a route to users and their API keys."""
    setattr(view, REQUIREMENT, require_account)
    return view


def admins_only(view: Callable[P, R]) -> Callable[P, R]:
    """Restrict a route to administrators."""
    setattr(view, REQUIREMENT, lambda: require_role("admin"))
    return view


def login_required() -> LoginRequired:
    """Return the error that asks a caller to sign in."""
    if current_services().settings.accounts.auth == "off":
        return LoginRequired("This server has no accounts.")
    return LoginRequired(headers={"WWW-Authenticate": "Bearer"})
