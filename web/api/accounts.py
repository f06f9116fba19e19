"""Accounts: register, log in, and what people do with their own account."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, request

from web.access import owners
from web.access.actor import current_actor
from web.access.principal import require_user, users_only
from web.accounts import (
    access_tokens,
    devices,
    logins,
    profile,
    recovery,
    registration,
    reports,
    second_factor,
    verification,
)
from web.accounts.attempts import Attempts
from web.accounts.errors import RefreshTokenInvalid, SecondFactorNeeded
from web.accounts.logins import Factor, Shown, Tokens
from web.accounts.models import owner_of
from web.accounts.tokens import new_token
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.accounts import (
    Account,
    AccountRegistered,
    ChangeAccount,
    ChangePassword,
    ConfirmDeletion,
    LoggedIn,
    OneTimeToken,
    OpenLogins,
    OwnAccount,
    PasswordSignIn,
    RefreshRequest,
    RegisterAccount,
    RequestPasswordReset,
    ResetPassword,
)
from web.errors import AccountsOff
from web.http import passkey_cookie, refresh_cookie
from web.http.authentication import credentials_optional
from web.http.senders import sender_address
from web.services import current_services
from web.storage import account_data

accounts = Blueprint("accounts", __name__, url_prefix="/api/auth", description="Accounts.")


@accounts.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@accounts.post("/register")
@accounts.arguments(RegisterAccount)
@accounts.response(201, AccountRegistered)
@documented_errors(accounts, 403, "REGISTRATION_CLOSED", "INVITATION_INVALID")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 422, "VALIDATION_FAILED")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@documented_errors(accounts, 503, "LOGIN_BUSY")
@credentials_optional
def register(sent: dict[str, str]) -> dict[str, Any]:
    """Create an account

    The answer is the same if the address has an account already. Log in next.
    """
    services, email = current_services(), sent["email"]
    attempts().count(sender_address())
    invitation = sent.get("invitation")
    registration.register(services, current_actor(), email, sent["password"], invitation)
    if not verification.is_on(services.settings):
        return {"email": email, "verification": "off"}
    return {"email": email, "verification": "sent"}


@accounts.post("/login")
@accounts.arguments(PasswordSignIn)
@accounts.response(200, LoggedIn)
@documented_errors(
    accounts,
    401,
    *("LOGIN_FAILED", "SECOND_FACTOR_NEEDED", "SECOND_FACTOR_INVALID", "PASSKEY_REFUSED"),
)
@documented_errors(accounts, 403, "ACCOUNT_SUSPENDED", "PASSKEY_SUSPECTED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(accounts, 503, "LOGIN_BUSY", "NOT_READY")
@credentials_optional
def login(sent: dict[str, Any]) -> Response:
    """Log in with a mail address and a password

    Pages of this server get the refresh token as a cookie, other clients in the response. What a
    browser has made before, or the session in `X-Session-ID`, belongs to the account from now on.
    An account with a second factor answers `SECOND_FACTOR_NEEDED`: send the same with `code`, or
    with what a passkey signs for the `passkey_options` of that answer as `passkey`.
    """
    services, email = current_services(), sent["email"]
    attempts().count(sender_address(), email)
    shown = Shown(email, sent["password"], factor(sent))
    try:
        return welcome(logins.log_in(services, current_actor(), shown, device()))
    except SecondFactorNeeded:
        passkey_cookie.keep(services, shown.factor.browser)
        raise


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
    return signed_in(logins.refresh(current_services(), current_actor(), token, device()))


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
        logins.log_out(current_actor(), token)
    response = Response(status=204)
    refresh_cookie.COOKIE.forget(response, current_services())
    return response


@accounts.get("/me")
@accounts.response(200, OwnAccount)
@documented_errors(accounts, 401, "LOGIN_REQUIRED", "TOKEN_INVALID", "TOKEN_EXPIRED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@users_only
def me() -> dict[str, Any]:
    """Get the account that is signed in, with what its plan allows and how much is in use"""
    user = registration.get(_user_id())
    counted = account_data.limits_and_usage(current_services(), user.id)
    return reports.account(user) | counted


@accounts.patch("/me")
@accounts.arguments(ChangeAccount)
@accounts.response(200, Account)
@documented_errors(accounts, 401, "LOGIN_REQUIRED", "LOGIN_FAILED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 422, "VALIDATION_FAILED")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@users_only
def change(sent: dict[str, str]) -> dict[str, Any]:
    """Change the mail address

    Where addresses are verified, it changes when the link that is sent to the new one is opened.
    """
    services, email, user_id = current_services(), sent["email"], require_password(sent)
    profile.change_email(services, current_actor(), user_id, email)
    return reports.account(registration.get(user_id))


@accounts.get("/me/export")
@accounts.response(200, {"type": "object"})
@documented_errors(accounts, 401, "LOGIN_REQUIRED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@users_only
def export() -> Response:
    """Export everything that is stored about the account"""
    response = jsonify(account_data.export(_user_id()))
    response.headers["Content-Disposition"] = 'attachment; filename="account.json"'
    return response


@accounts.delete("/me")
@accounts.arguments(ConfirmDeletion, required=False)
@accounts.response(204)
@documented_errors(accounts, 401, "LOGIN_REQUIRED", "LOGIN_FAILED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@users_only
def delete(sent: dict[str, str]) -> Response:
    """Delete the account with all sessions, jobs and files"""
    services, user_id = current_services(), _user_id()
    if registration.get(user_id).password_hash is not None:
        require_password({"current_password": "", **sent})
    account_data.remove(services, current_actor(), user_id)
    response = Response(status=204)
    refresh_cookie.COOKIE.forget(response, services)
    return response


@accounts.post("/verify")
@accounts.arguments(OneTimeToken)
@accounts.response(200, Account)
@documented_errors(accounts, 400, "ACCOUNT_LINK_INVALID")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@credentials_optional
def verify(sent: dict[str, str]) -> dict[str, Any]:
    """Verify a mail address with the token of a link"""
    attempts().count(sender_address())
    return reports.account(verification.verify(current_actor(), sent["token"]))


@accounts.post("/verify/resend")
@accounts.response(202)
@documented_errors(accounts, 401, "LOGIN_REQUIRED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@users_only
def resend() -> Response:
    """Send the link to verify the mail address again"""
    user = registration.get(_user_id())
    attempts().count(sender_address(), user.email)
    verification.request_link(user.id, user.email)
    return Response(status=202)


@accounts.post("/password/forgot")
@accounts.arguments(RequestPasswordReset)
@accounts.response(202)
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 422, "VALIDATION_FAILED")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@credentials_optional
def forgot(sent: dict[str, str]) -> Response:
    """Send a link to choose a new password, if the address has an account"""
    attempts().count(sender_address(), sent["email"])
    recovery.request_link(current_actor(), sent["email"])
    return Response(status=202)


@accounts.post("/password/reset")
@accounts.arguments(ResetPassword)
@accounts.response(204)
@documented_errors(accounts, 400, "ACCOUNT_LINK_INVALID")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 422, "VALIDATION_FAILED")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@documented_errors(accounts, 503, "LOGIN_BUSY")
@credentials_optional
def reset(sent: dict[str, str]) -> None:
    """Choose a new password with the token of a link; all sign-ins end"""
    attempts().count(sender_address())
    recovery.reset(current_services(), current_actor(), sent["token"], sent["password"])


@accounts.post("/password/change")
@accounts.arguments(ChangePassword)
@accounts.response(204)
@documented_errors(accounts, 401, "LOGIN_REQUIRED", "LOGIN_FAILED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@documented_errors(accounts, 422, "VALIDATION_FAILED")
@documented_errors(accounts, 429, "TOO_MANY_REQUESTS")
@documented_errors(accounts, 503, "LOGIN_BUSY")
@users_only
def change_password(sent: dict[str, str]) -> None:
    """Choose a new password with the current one; all other sign-ins end"""
    user_id, login_id = require_password(sent), require_user().login_id
    recovery.change(current_services(), current_actor(), user_id, login_id, sent["password"])


@accounts.get("/sessions")
@accounts.response(200, OpenLogins)
@documented_errors(accounts, 401, "LOGIN_REQUIRED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF")
@users_only
def list_logins() -> dict[str, Any]:
    """List the devices that are signed in, newest first"""
    mine = require_user().login_id
    return {"sessions": [reports.login(login, mine) for login in logins.current(_user_id())]}


@accounts.delete("/sessions/<login_id>")
@accounts.response(204)
@documented_errors(accounts, 401, "LOGIN_REQUIRED")
@documented_errors(accounts, 404, "ACCOUNTS_OFF", "LOGIN_NOT_FOUND")
@users_only
def end_login(login_id: str) -> None:
    """Sign a device out"""
    logins.end_one(current_actor(), _user_id(), login_id)


def attempts() -> Attempts:
    """Return the counts of attempts of this application."""
    found: Attempts = current_app.extensions["attempts"]
    return found


def _user_id() -> str:
    return str(require_user().user_id)


def require_password(sent: dict[str, str]) -> str:
    """Require the current password of the user of this request, and return who it is."""
    user = registration.get(_user_id())
    attempts().count(sender_address(), user.email)
    recovery.require_password(current_services(), user.id, sent["current_password"])
    return user.id


def device() -> str:
    """Name the device of this request."""
    return devices.name_of(request.headers.get("User-Agent", ""))


def factor(sent: dict[str, Any]) -> Factor:
    """Return the second factor that is sent, and the browser that sends it."""
    browser = passkey_cookie.browser(current_services()) or new_token()
    return Factor(sent.get("code"), sent.get("passkey"), browser)


def require_proof(sent: dict[str, str]) -> str:
    """Require what protects the ways to sign in, and return whose they are.

    That is what `require_owner` asks for, and a code where there is an authenticator app.
    """
    user_id = require_owner(sent)
    services, code = current_services(), sent.get("code")
    second_factor.require_code_of_app(services, current_actor(), user_id, code)
    return user_id


def require_owner(sent: dict[str, str]) -> str:
    """Require the current password, or a fresh sign-in where there is none; return the user."""
    me = require_user()
    user = registration.get(me.user_id)
    if user.password_hash is None:
        logins.require_fresh(me.login_id)
        attempts().count(sender_address(), user.email)
    else:
        require_password({"current_password": "", **sent})
    return user.id


def welcome(tokens: Tokens, visitor: str = "", **more: str) -> Response:
    """Answer with the tokens of a new login, and give its user what the browser has made."""
    owners.claim_visitor(owner_of(tokens.user.id), tokens.user.org_id, visitor)
    return signed_in(tokens, **more)


def signed_in(tokens: Tokens, **more: str) -> Response:
    """Answer with the tokens of a login."""
    found = {
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": access_tokens.SECONDS,
        "user": Account().dump(reports.account(tokens.user)),
        **more,
    }
    if not refresh_cookie.is_for_browser(current_services()):
        return jsonify(found | {"refresh_token": tokens.refresh})
    response = jsonify(found)
    refresh_cookie.COOKIE.keep(response, current_services(), tokens.refresh)
    return response


def _refresh_token(sent: dict[str, str]) -> str | None:
    return sent.get("refresh_token") or refresh_cookie.sent(current_services())
