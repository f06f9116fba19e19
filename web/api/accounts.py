"""Accounts: register, log in, refresh, log out."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from web.access.principal import require_user, users_only
from web.accounts import access_tokens, devices, logins, registration, reports
from web.accounts.logins import Tokens
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.accounts import (
    Account,
    Credentials,
    LoggedIn,
    RefreshRequest,
    Registered,
    Registration,
)
from web.errors import AccountsOff, RefreshTokenInvalid
from web.http import refresh_cookie
from web.http.authentication import credentials_optional
from web.services import current_services

accounts = Blueprint("accounts", __name__, url_prefix="/api/auth", description="Accounts.")


@accounts.before_request
def _require_accounts() -> None:
    if current_services().settings.auth == "off":
        raise AccountsOff


@accounts.post("/register")
@accounts.arguments(Registration)
@accounts.response(201, Registered)
@documented_errors(accounts, 403, "REGISTRATION_CLOSED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 422, "VALIDATION_FAILED")
@documented_errors(accounts, 503, "LOGIN_BUSY")
@credentials_optional
def register(sent: dict[str, str]) -> dict[str, Any]:
    """Create an account

    The answer is the same if the address has an account already. Log in next.
    """
    registration.register(current_services(), sent["email"], sent["password"])
    return {"email": sent["email"]}


@accounts.post("/login")
@accounts.arguments(Credentials)
@accounts.response(200, LoggedIn)
@documented_errors(accounts, 401, "LOGIN_FAILED")
@documented_errors(accounts, 403, "ACCOUNT_SUSPENDED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 503, "LOGIN_BUSY")
@credentials_optional
def login(sent: dict[str, str]) -> Response:
    """Log in with a mail address and a password

    Pages of this server get the refresh token as a cookie, other clients in the response.
    """
    device = devices.name_of(request.headers.get("User-Agent", ""))
    return signed_in(logins.log_in(current_services(), sent["email"], sent["password"], device))


@accounts.post("/refresh")
@accounts.arguments(RefreshRequest, required=False)
@accounts.response(200, LoggedIn)
@documented_errors(accounts, 401, "REFRESH_TOKEN_INVALID")
@documented_errors(accounts, 403, "ACCOUNT_SUSPENDED", "ORIGIN_NOT_ALLOWED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 409, "REFRESH_CONFLICT")
@credentials_optional
def refresh(sent: dict[str, str]) -> Response:
    """Exchange a refresh token for new tokens; each can be used once"""
    token = _refresh_token(sent)
    if token is None:
        raise RefreshTokenInvalid
    return signed_in(logins.refresh(current_services(), token))


@accounts.post("/logout")
@accounts.arguments(RefreshRequest, required=False)
@accounts.response(204)
@documented_errors(accounts, 403, "ORIGIN_NOT_ALLOWED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@credentials_optional
def logout(sent: dict[str, str]) -> Response:
    """End a login; all of its tokens end"""
    token = _refresh_token(sent)
    if token is not None:
        logins.log_out(token)
    response = Response(status=204)
    refresh_cookie.forget(response, current_services())
    return response


@accounts.get("/me")
@accounts.response(200, Account)
@documented_errors(accounts, 401, "LOGIN_REQUIRED", "TOKEN_INVALID", "TOKEN_EXPIRED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@users_only
def me() -> dict[str, Any]:
    """Get the account that is signed in"""
    return reports.account(registration.get(require_user().user_id))


def signed_in(tokens: Tokens) -> Response:
    """Answer with the tokens of a login."""
    found = {
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": access_tokens.SECONDS,
        "user": Account().dump(reports.account(tokens.user)),
    }
    if not refresh_cookie.is_for_browser(current_services()):
        return jsonify(found | {"refresh_token": tokens.refresh})
    response = jsonify(found)
    refresh_cookie.keep(response, current_services(), tokens.refresh)
    return response


def _refresh_token(sent: dict[str, str]) -> str | None:
    return sent.get("refresh_token") or refresh_cookie.sent(current_services())
