"""The sign-in that a stream must not outlive, as a text for tickets and signed links.

It names a login, another issuer's token, an API key or an operator's cookie. It opens nothing: it
only says whose end ends a stream that was opened without headers and cookies.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Final

from web.access.ticket import NO_SIGN_IN
from web.accounts import api_keys, principals
from web.accounts.issuer_tokens import IssuedToken
from web.http.authentication import authenticated, sign_ins
from web.http.signing_in import SignedIn

NONE: Final = NO_SIGN_IN
SCOPE: Final = "jobs:read"
_SEPARATOR: Final = "~"


def of_request() -> str:
    """Name the sign-in of this request; `NONE` without one."""
    principal = authenticated()
    if principal.login_id is not None:
        return _text("login", principal.user_id, principal.login_id)
    if principal.issued_token is not None:
        token = principal.issued_token
        return _text("token", principal.user_id, *astuple(token))
    if principal.key_id is not None:
        return _text("key", principal.key_id)
    signed_in = sign_ins().current()
    return NONE if signed_in is None else _text("operator", signed_in.number, signed_in.until)


def is_over(text: str) -> bool:
    """Return whether a sign-in has ended."""
    match text.split(_SEPARATOR):
        case ["login", user_id, login_id]:
            return principals.is_login_over(user_id, login_id)
        case ["token", user_id, identity_id, issued_at, ends_at]:
            token = IssuedToken(identity_id, float(issued_at), float(ends_at))
            return principals.is_token_over(user_id, token)
        case ["key", key_id]:
            return api_keys.is_over(key_id, SCOPE)
        case ["operator", number, until]:
            return sign_ins().is_over(SignedIn(number, float(until)))
    raise ValueError(f"not a sign-in: {text}")


def _text(*parts: object) -> str:
    return _SEPARATOR.join(map(str, parts))
