"""Mails: which kinds a person wants, and one click to end a kind."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect

from web.access.principal import require_user, users_only
from web.accounts.errors import AccountLinkInvalid
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.mails import MailChoices
from web.db.engine import reading, writing
from web.errors import AccountsOff
from web.http.authentication import credentials_optional
from web.notifications import choices, unsubscribing
from web.services import current_services

mail_routes = Blueprint(
    "mails", __name__, url_prefix="/api/mails", description="Mails that people receive."
)


@mail_routes.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@mail_routes.get("")
@mail_routes.response(200, MailChoices)
@documented_errors(mail_routes, 401, "LOGIN_REQUIRED")
@documented_errors(mail_routes, 404, "ACCOUNTS_OFF")
@users_only
def get() -> dict[str, bool]:
    """Get which mails you receive; those about the account itself are always sent"""
    with reading() as db:
        return choices.of_user(db, _user_id())


@mail_routes.patch("")
@mail_routes.arguments(MailChoices)
@mail_routes.response(200, MailChoices)
@documented_errors(mail_routes, 401, "LOGIN_REQUIRED")
@documented_errors(mail_routes, 404, "ACCOUNTS_OFF")
@documented_errors(mail_routes, 422, "VALIDATION_FAILED")
@users_only
def change(sent: dict[str, bool]) -> dict[str, bool]:
    """Turn kinds of mails on or off"""
    with writing() as db:
        choices.choose(db, _user_id(), sent)
        return choices.of_user(db, _user_id())


@mail_routes.get("/unsubscribe/<token>")
@mail_routes.response(302)
@documented_errors(mail_routes, 404, "ACCOUNTS_OFF")
@credentials_optional
def show_unsubscription(token: str) -> Any:
    """Show the page that ends a kind of mails

    Opening a link changes nothing, because programs that check mails open links, too.
    """
    return redirect(unsubscribing.page(current_services(), token))


@mail_routes.post("/unsubscribe/<token>")
@mail_routes.response(204)
@documented_errors(mail_routes, 400, "ACCOUNT_LINK_INVALID")
@documented_errors(mail_routes, 404, "ACCOUNTS_OFF")
@credentials_optional
def unsubscribe(token: str) -> Response:
    """End a kind of mails with the link of one of them (RFC 8058)"""
    found = unsubscribing.read(current_services(), token)
    if found is None:
        raise AccountLinkInvalid
    user_id, kind = found
    with writing() as db:
        choices.choose(db, user_id, {kind: False})
    return Response(status=204)


def _user_id() -> str:
    return str(require_user().user_id)
