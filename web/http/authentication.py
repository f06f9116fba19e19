"""Authenticate the caller of a request by its headers and cookies, once per request.

A credential that is presented and not valid is refused instead of being ignored. Session ids are
no credentials of a caller: they give access to a session (`web.access`).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import Final, ParamSpec, TypeVar

from flask import Flask, current_app, request

from config.api_keys import ApiKey, digest
from tasks.domain.errors import RequestError
from web.accounts import access_tokens, api_keys, key_format, principals
from web.accounts.principals import ANONYMOUS, Principal
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import commits
from web.errors import ApiKeyUnknown
from web.http.errors import request_id
from web.http.recent_principals import RecentPrincipals
from web.http.senders import sender, sender_address
from web.http.signing_in import SignIn
from web.services import Services, current_services

P = ParamSpec("P")
R = TypeVar("R")

API_KEY_HEADER: Final = "X-API-Key"
OPERATORS: Final = "operators"
"""The owner of what operators open, so that each `callsheet render` reuses earlier results."""
_KEPT: Final = "callsheet_principal"
OPTIONAL_CREDENTIALS: Final = "callsheet_credentials_optional"
"""Attribute of a view that ignores credentials."""


def register(app: Flask) -> None:
    """Authenticate every request before its view runs."""
    app.extensions["recent_principals"] = RecentPrincipals()
    app.before_request(_authenticate)


def authenticated() -> Principal:
    """Return the principal of this request; raises if its credentials are not valid."""
    found: Principal | None = getattr(request, _KEPT, None)
    return found or _keep(_resolve(current_services()))


def _keep(principal: Principal) -> Principal:
    """Keep the principal with the request; an application context may serve several of them."""
    setattr(request, _KEPT, principal)
    return principal


def credentials_optional(view: Callable[P, R]) -> Callable[P, R]:
    """Serve a route whatever credentials are sent: it signs in, or has its own token."""
    setattr(view, OPTIONAL_CREDENTIALS, True)
    return view


def is_optional() -> bool:
    """Return whether the route of this request ignores credentials."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, OPTIONAL_CREDENTIALS, False)


def find_named(known: Iterable[ApiKey], key: str) -> ApiKey:
    """Find a key of the setting `API_KEYS`; an unknown one is refused."""
    sha256 = digest(key)
    found = next((one for one in known if hmac.compare_digest(one.sha256, sha256)), None)
    if found is None:
        raise ApiKeyUnknown
    return found


def bearer() -> str:
    """Return the unchecked bearer token of this request; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def user_key() -> str | None:
    """Return the unchecked API key of a user that this request presents in either header."""
    given = request.headers.get(API_KEY_HEADER, bearer())
    return given if key_format.looks_like_one(given) else None


def is_access_token(token: str) -> bool:
    """Return whether this server takes a bearer token for an access token."""
    has_accounts = current_services().settings.accounts.auth != "off"
    return has_accounts and access_tokens.looks_like_one(token)


def of_token(token: str) -> Principal:
    """Return the user of an access token that this request presents, in whatever place."""

    def look_up() -> Principal:
        actor = Actor("", sender_address(), request_id())
        return principals.of_access_token(current_services(), token, actor)

    return _recent(token, look_up)


def _recent(credential: str, look_up: Callable[[], Principal]) -> Principal:
    recent: RecentPrincipals = current_app.extensions["recent_principals"]
    found = recent.find(credential)
    if found is None:
        count, moment = commits(), now()
        found = look_up()
        recent.keep(credential, count, moment, found)
    return found


def has_operator_credentials() -> bool:
    """Return whether this request has the operator token, or the cookie of a signed-in operator."""
    token = bearer()
    return is_operator_token(token) if token else sign_ins().current() is not None


def is_operator_token(given: object) -> bool:
    """Return whether this is the operator token."""
    token: str = current_app.extensions["operator_token"]
    return isinstance(given, str) and hmac.compare_digest(
        given.encode(errors="replace"), token.encode()
    )


def sign_ins() -> SignIn:
    """Return the operators' sign-in links and cookies of this application."""
    sign_in: SignIn = current_app.extensions["sign_ins"]
    return sign_in


def _authenticate() -> None:
    if request.method == "OPTIONS" or is_optional():
        _keep(ANONYMOUS)
        return
    authenticated()


def _resolve(services: Services) -> Principal:
    own = user_key()
    if own is not None:
        return _recent(own, lambda: api_keys.principal(services, own, sender(services)))
    key = request.headers.get(API_KEY_HEADER)
    if key is not None:
        name = find_named(services.settings.api_keys, key).name
        return Principal(kind="api_key", owner=f"key:{name}")
    token = bearer()
    if is_access_token(token):
        return _of_access_token(token)
    if has_operator_credentials():
        return Principal(kind="operator", owner=OPERATORS)
    return ANONYMOUS


def _of_access_token(token: str) -> Principal:
    try:
        return of_token(token)
    except RequestError as refused:
        if refused.status == 401:
            refused.details["headers"] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise
