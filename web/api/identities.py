"""Sign in with an identity provider: to its page, and back."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, g, jsonify, request

from web.access import owners, visitors
from web.access.actor import current_actor
from web.access.principal import require_user, users_only
from web.accounts import (
    connected_identities,
    identities,
    pending_sign_ins,
    providers,
    sign_in_flows,
)
from web.accounts.errors import IdentityRefused, SecondFactorNeeded
from web.accounts.identities import NeedsFactor
from web.accounts.models import owner_of
from web.accounts.one_time import LIFETIMES
from web.accounts.pending_sign_ins import Pending
from web.accounts.sign_in_flows import Flow
from web.api.accounts import attempts, device, factor, require_proof, welcome
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.identities import (
    Back,
    ProviderSignUpStarted,
    SecondFactor,
    SignedInBy,
    Start,
    StartProviderSignUp,
)
from web.api.schemas.passkeys import AccountProof, Identities
from web.db.engine import reading
from web.errors import AccountsOff
from web.http import flow_cookie, passkey_cookie, refresh_cookie
from web.http.auth_cookie import AuthCookie
from web.http.authentication import credentials_optional
from web.http.senders import sender_address
from web.notifications.addresses import base
from web.services import current_services

identity_routes = Blueprint(
    "identities", __name__, url_prefix="/api/auth", description="Other identity providers."
)

_PENDING: Final = AuthCookie("second-factor", LIFETIMES["second-factor"])
"""The cookie of a sign-in that waits for a second factor."""
_OWN_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*")


@identity_routes.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@identity_routes.after_request
def _explain(response: Response) -> Response:
    """Send a browser that was refused to the page of accounts, with our error code.

    Other callers get the problem document.
    """
    accepted, error_code = request.accept_mimetypes, g.get("error_code")
    if error_code is None or accepted.quality("text/html") <= accepted.quality("application/json"):
        return response
    return _to(f"/account#refused={error_code}")


@identity_routes.get("/<provider>/start")
@identity_routes.arguments(Start, location="query")
@identity_routes.response(302, description="To the provider's page")
@documented_errors(identity_routes, 400, "IDENTITY_REFUSED")
@documented_errors(identity_routes, 404, "ACCOUNTS_OFF", "PROVIDER_UNKNOWN")
@documented_errors(identity_routes, 503, "IDENTITY_PROVIDER_UNAVAILABLE")
@credentials_optional
def start(sent: dict[str, Any], provider: str) -> Response:
    """Sign in with `google`, `github` or `oidc`; `next` is the page of this server to return to"""
    url, flow = _begun(provider, sent)
    response = _to(url)
    flow_cookie.keep(response, current_services(), flow)
    return response


@identity_routes.post("/<provider>/start")
@identity_routes.arguments(StartProviderSignUp)
@identity_routes.response(200, ProviderSignUpStarted)
@documented_errors(identity_routes, 400, "IDENTITY_REFUSED")
@documented_errors(identity_routes, 404, "ACCOUNTS_OFF", "PROVIDER_UNKNOWN")
@documented_errors(identity_routes, 503, "IDENTITY_PROVIDER_UNAVAILABLE")
@credentials_optional
def begin(sent: dict[str, Any], provider: str) -> Response:
    """Sign up with an invitation: get the provider's page to send the browser to

    The token of an invitation stands in no address.
    """
    url, flow = _begun(provider, sent)
    response = jsonify({"url": url})
    flow_cookie.keep(response, current_services(), flow)
    return response


@identity_routes.get("/<provider>/callback")
@identity_routes.arguments(Back, location="query")
@identity_routes.response(302, description="To the page that the sign-in began on")
@documented_errors(identity_routes, 400, "IDENTITY_REFUSED")
@documented_errors(
    identity_routes,
    403,
    *("ACCOUNT_SUSPENDED", "IDENTITY_EMAIL_UNVERIFIED", "REGISTRATION_CLOSED"),
    "INVITATION_INVALID",
)
@documented_errors(identity_routes, 404, "ACCOUNTS_OFF", "PROVIDER_UNKNOWN")
@documented_errors(identity_routes, 409, "ACCOUNT_UNVERIFIED")
@documented_errors(identity_routes, 503, "IDENTITY_PROVIDER_UNAVAILABLE", "NOT_READY")
@credentials_optional
def callback(sent: dict[str, Any], provider: str) -> Response:
    """Come back from the provider: the browser gets a refresh token as a cookie

    An account with a second factor leads to `/account#second-factor` instead, where the page asks
    for it.
    """
    services = current_services()
    chosen = providers.find(services.settings, provider)
    flow = flow_cookie.use(services, provider, sent["state"])
    if "code" not in sent:
        raise IdentityRefused
    identity = sign_in_flows.finish(chosen, flow, sent["code"], _callback(provider))
    invitation = flow.invitation or None
    found = identities.log_in(services, current_actor(), identity, device(), invitation)
    if isinstance(found, NeedsFactor):
        response = _to("/account#second-factor")
        pending = Pending(identity, found.token, flow.next_path, flow.visitor)
        _PENDING.keep_signed(response, services, pending.to_dict())
    else:
        owners.claim_visitor(owner_of(found.user.id), found.user.org_id, flow.visitor)
        response = _to(flow.next_path)
        refresh_cookie.COOKIE.keep(response, services, found.refresh)
    flow_cookie.COOKIE.forget(response, services)
    return response


@identity_routes.post("/second-factor")
@identity_routes.arguments(SecondFactor)
@identity_routes.response(200, SignedInBy)
@documented_errors(identity_routes, 400, "IDENTITY_REFUSED")
@documented_errors(
    identity_routes,
    401,
    *("SECOND_FACTOR_NEEDED", "SECOND_FACTOR_INVALID", "PASSKEY_REFUSED"),
)
@documented_errors(identity_routes, 403, "ACCOUNT_SUSPENDED", "PASSKEY_SUSPECTED")
@documented_errors(identity_routes, 404, "ACCOUNTS_OFF")
@documented_errors(identity_routes, 422, "VALIDATION_FAILED")
@documented_errors(identity_routes, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(identity_routes, 503, "NOT_READY")
@credentials_optional
def second_factor(sent: dict[str, Any]) -> Response:
    """Finish a sign-in with a provider, within five minutes, with the account's second factor

    The browser's cookie says which sign-in. An empty request answers `SECOND_FACTOR_NEEDED`: send
    `code`, or what a passkey signs for the `passkey_options` of that answer as `passkey`.
    """
    services = current_services()
    attempts().count(sender_address())
    pending, shown = _pending(), factor(sent)
    try:
        tokens = pending_sign_ins.finish(services, current_actor(), pending, shown, device())
    except SecondFactorNeeded:
        passkey_cookie.keep(services, shown.browser)
        raise
    response = welcome(tokens, pending.visitor, next=pending.next_path)
    _PENDING.forget(response, services)
    return response


@identity_routes.get("/identities")
@identity_routes.response(200, Identities)
@documented_errors(identity_routes, 401, "LOGIN_REQUIRED")
@documented_errors(identity_routes, 404, "ACCOUNTS_OFF")
@users_only
def listing() -> dict[str, Any]:
    """List the sign-ins with other providers that are connected to the account"""
    settings, user_id = current_services().settings, str(require_user().user_id)
    with reading() as db:
        found = connected_identities.of_user(db, user_id)
    return {"identities": [connected_identities.report(settings, one) for one in found]}


@identity_routes.delete("/identities/<identity_id>")
@identity_routes.arguments(AccountProof, required=False)
@identity_routes.response(204)
@documented_errors(
    identity_routes,
    401,
    *("LOGIN_REQUIRED", "LOGIN_FAILED", "SECOND_FACTOR_NEEDED", "SECOND_FACTOR_INVALID"),
)
@documented_errors(identity_routes, 403, "FRESH_SIGN_IN_REQUIRED")
@documented_errors(identity_routes, 404, "ACCOUNTS_OFF", "IDENTITY_NOT_FOUND")
@documented_errors(identity_routes, 409, "LAST_WAY_IN")
@documented_errors(identity_routes, 422, "VALIDATION_FAILED")
@documented_errors(identity_routes, 429, "TOO_MANY_REQUESTS", "TOO_MANY_CODES")
@documented_errors(identity_routes, 503, "LOGIN_BUSY")
@users_only
def remove(sent: dict[str, str], identity_id: str) -> None:
    """Disconnect a sign-in with another provider, unless it is the only way to sign in"""
    connected_identities.remove(
        current_services(), current_actor(), require_proof(sent), identity_id
    )


def _pending() -> Pending:
    """Return the sign-in that waits in this browser; raises `IdentityRefused` without one."""
    content = _PENDING.signed(current_services())
    if content is None:
        raise IdentityRefused
    return Pending.from_dict(content)


def _begun(provider: str, sent: dict[str, Any]) -> tuple[str, Flow]:
    """Begin a sign-in; return the provider's page and what the browser keeps."""
    chosen = providers.find(current_services().settings, provider)
    visitor, invitation = visitors.of_request() or "", sent.get("invitation", "")
    flow = Flow(provider, own_path(sent["next"]), visitor, invitation)
    return sign_in_flows.authorization_url(chosen, flow, _callback(provider)), flow


def own_path(text: str) -> str:
    """Return the path of a page of this server, or `/` for anything else."""
    return text if _OWN_PATH.fullmatch(text) else "/"


def _callback(provider: str) -> str:
    return f"{base(current_services().settings)}/api/auth/{provider}/callback"


def _to(url: str) -> Response:
    return Response(status=302, headers={"Location": url})
