"""Passkeys: add, list, rename and remove them, and sign in with one."""

from __future__ import annotations

from typing import Any

from flask import Response

from web.access.actor import current_actor
from web.access.principal import require_user, users_only
from web.accounts import logins, passkey_sign_in, passkeys
from web.accounts.passkey_sign_in import Presented
from web.accounts.passkeys import Owner
from web.api.accounts import attempts, device, require_proof, welcome
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.accounts import LoggedIn
from web.api.schemas.passkeys import (
    AccountProof,
    AddedPasskey,
    AddPasskey,
    OnePasskey,
    PasskeyOptions,
    Passkeys,
    PasskeySignIn,
    RenamePasskey,
)
from web.db.engine import reading
from web.errors import AccountsOff
from web.http import passkey_cookie
from web.http.authentication import credentials_optional
from web.http.senders import sender_address
from web.services import current_services

passkey_routes = Blueprint(
    "passkeys", __name__, url_prefix="/api/auth/passkeys", description="Passkeys."
)


@passkey_routes.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@passkey_routes.get("")
@passkey_routes.response(200, Passkeys)
@documented_errors(passkey_routes, 401, "LOGIN_REQUIRED")
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF")
@users_only
def listing() -> dict[str, Any]:
    """List the passkeys of the account, oldest first"""
    with reading() as db:
        found = passkeys.of_user(db, str(require_user().user_id))
    return {"passkeys": [passkeys.report(one) for one in found]}


@passkey_routes.post("/options")
@passkey_routes.arguments(AccountProof, required=False)
@passkey_routes.response(200, PasskeyOptions)
@documented_errors(
    passkey_routes,
    401,
    *("LOGIN_REQUIRED", "LOGIN_FAILED", "SECOND_FACTOR_NEEDED", "SECOND_FACTOR_INVALID"),
)
@documented_errors(passkey_routes, 403, "FRESH_SIGN_IN_REQUIRED")
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF", "PASSKEYS_OFF")
@documented_errors(passkey_routes, 409, "PASSKEYS_LIMIT")
@documented_errors(passkey_routes, 422, "VALIDATION_FAILED")
@documented_errors(passkey_routes, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(passkey_routes, 503, "LOGIN_BUSY", "NOT_READY")
@users_only
def creation_options(sent: dict[str, str]) -> dict[str, Any]:
    """Begin to add a passkey: get the options with which the browser creates it

    They are for this browser, once, within five minutes.
    """
    services, user_id = current_services(), require_proof(sent)
    owner = Owner(user_id, passkey_cookie.remembered(services))
    return {"public_key": passkeys.begin(services, owner)}


@passkey_routes.post("")
@passkey_routes.arguments(AddPasskey)
@passkey_routes.response(201, AddedPasskey)
@documented_errors(passkey_routes, 401, "LOGIN_REQUIRED", "PASSKEY_REFUSED")
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF", "PASSKEYS_OFF")
@documented_errors(passkey_routes, 409, "PASSKEY_KNOWN", "PASSKEYS_LIMIT")
@documented_errors(passkey_routes, 422, "VALIDATION_FAILED")
@documented_errors(passkey_routes, 503, "NOT_READY")
@users_only
def add(sent: dict[str, Any]) -> dict[str, Any]:
    """Add the passkey that the browser has created

    The first second factor of an account ends all other sign-ins, and the response contains the
    recovery codes. They are not shown again.
    """
    services, me = current_services(), require_user()
    owner = Owner(str(me.user_id), passkey_cookie.browser(services), me.login_id)
    name = sent.get("name") or device() or "Passkey"
    added = passkeys.add(services, current_actor(), owner, name, sent["credential"])
    return {
        "passkey": passkeys.report(added.passkey),
        "recovery_codes": added.recovery_codes,
    }


@passkey_routes.patch("/<passkey_id>")
@passkey_routes.arguments(RenamePasskey)
@passkey_routes.response(200, OnePasskey)
@documented_errors(passkey_routes, 401, "LOGIN_REQUIRED")
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF", "PASSKEY_NOT_FOUND")
@documented_errors(passkey_routes, 422, "VALIDATION_FAILED")
@users_only
def rename(sent: dict[str, str], passkey_id: str) -> dict[str, Any]:
    """Rename a passkey"""
    user_id = str(require_user().user_id)
    return passkeys.report(passkeys.rename(current_actor(), user_id, passkey_id, sent["name"]))


@passkey_routes.delete("/<passkey_id>")
@passkey_routes.arguments(AccountProof, required=False)
@passkey_routes.response(204)
@documented_errors(
    passkey_routes,
    401,
    *("LOGIN_REQUIRED", "LOGIN_FAILED", "SECOND_FACTOR_NEEDED", "SECOND_FACTOR_INVALID"),
)
@documented_errors(passkey_routes, 403, "FRESH_SIGN_IN_REQUIRED")
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF", "PASSKEY_NOT_FOUND")
@documented_errors(passkey_routes, 409, "LAST_WAY_IN")
@documented_errors(passkey_routes, 422, "VALIDATION_FAILED")
@documented_errors(passkey_routes, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(passkey_routes, 503, "LOGIN_BUSY")
@users_only
def remove(sent: dict[str, str], passkey_id: str) -> None:
    """Remove a passkey, unless it is the only way to sign in"""
    passkeys.remove(current_services(), current_actor(), require_proof(sent), passkey_id)


@passkey_routes.post("/sign-in/options")
@passkey_routes.response(200, PasskeyOptions)
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF", "PASSKEYS_OFF")
@documented_errors(passkey_routes, 503, "NOT_READY")
@credentials_optional
def request_options() -> dict[str, Any]:
    """Begin to sign in with a passkey: get the options for the browser

    They name no account, and are for this browser, once, within five minutes.
    """
    services = current_services()
    return {
        "public_key": passkey_sign_in.options(services, passkey_cookie.remembered(services)),
    }


@passkey_routes.post("/sign-in")
@passkey_routes.arguments(PasskeySignIn)
@passkey_routes.response(200, LoggedIn)
@documented_errors(passkey_routes, 401, "PASSKEY_REFUSED")
@documented_errors(passkey_routes, 403, "ACCOUNT_SUSPENDED", "PASSKEY_SUSPECTED")
@documented_errors(passkey_routes, 404, "ACCOUNTS_OFF", "PASSKEYS_OFF")
@documented_errors(passkey_routes, 422, "VALIDATION_FAILED")
@documented_errors(passkey_routes, 429, "TOO_MANY_REQUESTS")
@documented_errors(passkey_routes, 503, "NOT_READY")
@credentials_optional
def sign_in(sent: dict[str, Any]) -> Response:
    """Sign in with a passkey that has verified the person, without a password"""
    services = current_services()
    attempts().count(sender_address())
    presented = Presented(sent["credential"], passkey_cookie.browser(services))
    return welcome(logins.log_in_with_passkey(services, current_actor(), presented, device()))
