"""The second factor of an account: an authenticator app (TOTP) and recovery codes."""

from __future__ import annotations

from typing import Any

from web.access.actor import current_actor
from web.access.principal import require_user, users_only
from web.accounts import registration, second_factor
from web.api.accounts import attempts, require_owner, require_proof
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.passkeys import AccountProof
from web.api.schemas.totp import AccountCode, RecoveryCodes, TotpCode, TotpSecret, TotpState
from web.db.engine import reading
from web.errors import AccountsOff
from web.http.senders import sender_address
from web.services import current_services

totp_routes = Blueprint("totp", __name__, url_prefix="/api/auth/totp", description="Second factor.")


@totp_routes.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@totp_routes.get("")
@totp_routes.response(200, TotpState)
@documented_errors(totp_routes, 401, "LOGIN_REQUIRED")
@documented_errors(totp_routes, 404, "ACCOUNTS_OFF")
@users_only
def state() -> dict[str, Any]:
    """Tell whether an authenticator app is set up, and how many recovery codes are left"""
    with reading() as db:
        return second_factor.report(db, str(require_user().user_id))


@totp_routes.post("")
@totp_routes.arguments(AccountProof, required=False)
@totp_routes.response(200, TotpSecret)
@documented_errors(totp_routes, 401, "LOGIN_REQUIRED", "LOGIN_FAILED")
@documented_errors(totp_routes, 403, "FRESH_SIGN_IN_REQUIRED")
@documented_errors(totp_routes, 404, "ACCOUNTS_OFF")
@documented_errors(totp_routes, 409, "TOTP_ACTIVE")
@documented_errors(totp_routes, 422, "VALIDATION_FAILED")
@documented_errors(totp_routes, 429, "TOO_MANY_REQUESTS")
@documented_errors(totp_routes, 503, "LOGIN_BUSY")
@users_only
def begin(sent: dict[str, str]) -> dict[str, str]:
    """Get a secret for an authenticator app; it counts once a code has confirmed it"""
    user_id = require_owner(sent)
    return second_factor.begin(current_services(), current_actor(), user_id)


@totp_routes.post("/confirm")
@totp_routes.arguments(TotpCode)
@totp_routes.response(200, RecoveryCodes)
@documented_errors(totp_routes, 401, "LOGIN_REQUIRED", "SECOND_FACTOR_INVALID")
@documented_errors(totp_routes, 404, "ACCOUNTS_OFF")
@documented_errors(totp_routes, 409, "TOTP_ACTIVE", "TOTP_NOT_SET_UP")
@documented_errors(totp_routes, 422, "VALIDATION_FAILED")
@documented_errors(totp_routes, 429, "TOO_MANY_REQUESTS")
@users_only
def confirm(sent: dict[str, str]) -> dict[str, Any]:
    """Activate the authenticator app with one of its codes; all other sign-ins end

    The response contains the recovery codes. They are not shown again.
    """
    me = require_user()
    user = registration.get(str(me.user_id))
    attempts().count(sender_address(), user.email)
    codes = second_factor.confirm(
        current_services(), current_actor(), user.id, me.login_id, sent["code"]
    )
    return {"recovery_codes": codes}


@totp_routes.delete("")
@totp_routes.arguments(AccountCode)
@totp_routes.response(204)
@documented_errors(totp_routes, 401, "LOGIN_REQUIRED", "LOGIN_FAILED", "SECOND_FACTOR_INVALID")
@documented_errors(totp_routes, 403, "FRESH_SIGN_IN_REQUIRED")
@documented_errors(totp_routes, 404, "ACCOUNTS_OFF")
@documented_errors(totp_routes, 409, "TOTP_NOT_SET_UP", "LAST_WAY_IN")
@documented_errors(totp_routes, 422, "VALIDATION_FAILED")
@documented_errors(totp_routes, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(totp_routes, 503, "LOGIN_BUSY")
@users_only
def remove(sent: dict[str, str]) -> None:
    """Remove the authenticator app and the recovery codes"""
    user_id = require_owner(sent)
    second_factor.remove(current_services(), current_actor(), user_id, sent["code"])


@totp_routes.post("/recovery-codes")
@totp_routes.arguments(AccountProof, required=False)
@totp_routes.response(200, RecoveryCodes)
@documented_errors(
    totp_routes,
    401,
    *("LOGIN_REQUIRED", "LOGIN_FAILED", "SECOND_FACTOR_NEEDED", "SECOND_FACTOR_INVALID"),
)
@documented_errors(totp_routes, 403, "FRESH_SIGN_IN_REQUIRED")
@documented_errors(totp_routes, 404, "ACCOUNTS_OFF")
@documented_errors(totp_routes, 409, "TOTP_NOT_SET_UP")
@documented_errors(totp_routes, 422, "VALIDATION_FAILED")
@documented_errors(totp_routes, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(totp_routes, 503, "LOGIN_BUSY")
@users_only
def renew(sent: dict[str, str]) -> dict[str, Any]:
    """Replace the recovery codes; they are shown once"""
    user_id = require_proof(sent)
    return {"recovery_codes": second_factor.renew_recovery_codes(current_actor(), user_id)}
