"""Webhooks: register addresses that receive events, and see what was delivered."""

from __future__ import annotations

from typing import Any

from web.access.actor import current_actor
from web.access.principal import accounts_only, require_account
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeliverySearch,
    MessagesReplayed,
    ReplayMessages,
    Webhook,
    WebhookDeliveries,
    WebhookDelivery,
    Webhooks,
    WebhookWithSecret,
)
from web.db.engine import reading
from web.errors import AccountsOff
from web.services import current_services
from web.webhooks import deliveries, registry
from web.webhooks.registry import Shown

webhook_routes = Blueprint(
    "webhooks", __name__, url_prefix="/api/webhooks", description="Webhooks of users."
)


@webhook_routes.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@webhook_routes.get("")
@webhook_routes.response(200, Webhooks)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF")
@accounts_only
def listing() -> dict[str, Any]:
    """List your webhooks, newest first"""
    with reading() as db:
        mine = registry.of_user(db, _user_id())
    return {"webhooks": [registry.report(row) for row in mine]}


@webhook_routes.post("")
@webhook_routes.arguments(CreateWebhook)
@webhook_routes.response(201, WebhookWithSecret)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING", "EMAIL_NOT_VERIFIED")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF")
@documented_errors(webhook_routes, 409, "WEBHOOKS_LIMIT")
@documented_errors(webhook_routes, 422, "VALIDATION_FAILED", "WEBHOOK_URL_REFUSED")
@accounts_only
def create(sent: dict[str, Any]) -> dict[str, Any]:
    """Create a webhook; only this answer contains its secret"""
    url = sent.pop("url")
    return _shown(registry.create(current_services(), current_actor(), _user_id(), url, **sent))


@webhook_routes.get("/<webhook_id>")
@webhook_routes.response(200, Webhook)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@accounts_only
def get(webhook_id: str) -> dict[str, Any]:
    """Get a webhook"""
    with reading() as db:
        return registry.report(registry.find(db, _user_id(), webhook_id))


@webhook_routes.patch("/<webhook_id>")
@webhook_routes.arguments(ChangeWebhook)
@webhook_routes.response(200, Webhook)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@documented_errors(webhook_routes, 422, "VALIDATION_FAILED", "WEBHOOK_URL_REFUSED")
@accounts_only
def change(sent: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """Change a webhook, or enable or disable it"""
    services, actor = current_services(), current_actor()
    return registry.report(registry.change(services, actor, _user_id(), webhook_id, sent))


@webhook_routes.delete("/<webhook_id>")
@webhook_routes.response(204)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@accounts_only
def remove(webhook_id: str) -> None:
    """Delete a webhook with its deliveries"""
    registry.remove(current_actor(), _user_id(), webhook_id)


@webhook_routes.post("/<webhook_id>/rotate-secret")
@webhook_routes.response(200, WebhookWithSecret)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@accounts_only
def rotate_secret(webhook_id: str) -> dict[str, Any]:
    """Replace the secret of a webhook; the former one signs too for 24 hours"""
    services, actor = current_services(), current_actor()
    return _shown(registry.rotate(services, actor, _user_id(), webhook_id))


@webhook_routes.post("/<webhook_id>/test")
@webhook_routes.response(202, WebhookDelivery)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@documented_errors(webhook_routes, 409, "WEBHOOK_DISABLED")
@accounts_only
def test(webhook_id: str) -> dict[str, Any]:
    """Send a test message to a webhook"""
    return deliveries.report(deliveries.send_test(current_services(), _user_id(), webhook_id))


@webhook_routes.get("/<webhook_id>/deliveries")
@webhook_routes.arguments(DeliverySearch, location="query")
@webhook_routes.response(200, WebhookDeliveries)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@documented_errors(webhook_routes, 422, "VALIDATION_FAILED")
@accounts_only
def list_deliveries(sent: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """List the deliveries of a webhook, newest first"""
    with reading() as db:
        page = deliveries.listed(db, _user_id(), webhook_id, **sent)
    found = [deliveries.report(row) for row in page.rows]
    return {"deliveries": found, "next_cursor": page.next_cursor}


@webhook_routes.post("/<webhook_id>/deliveries/<delivery_id>/redeliver")
@webhook_routes.response(202, WebhookDelivery)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(
    webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND", "WEBHOOK_DELIVERY_NOT_FOUND"
)
@documented_errors(webhook_routes, 409, "WEBHOOK_DISABLED")
@accounts_only
def redeliver(webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Send a message again, with the same id"""
    services = current_services()
    return deliveries.report(deliveries.redeliver(services, _user_id(), webhook_id, delivery_id))


@webhook_routes.post("/<webhook_id>/replay")
@webhook_routes.arguments(ReplayMessages)
@webhook_routes.response(202, MessagesReplayed)
@documented_errors(webhook_routes, 401, "LOGIN_REQUIRED")
@documented_errors(webhook_routes, 403, "SCOPE_MISSING")
@documented_errors(webhook_routes, 404, "ACCOUNTS_OFF", "WEBHOOK_NOT_FOUND")
@documented_errors(webhook_routes, 409, "WEBHOOK_DISABLED")
@documented_errors(webhook_routes, 422, "VALIDATION_FAILED")
@accounts_only
def replay(sent: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """Send what a webhook has not accepted since a time"""
    services = current_services()
    return {"messages": deliveries.replay(services, _user_id(), webhook_id, sent["since"])}


def _user_id() -> str:
    return str(require_account().user_id)


def _shown(shown: Shown) -> dict[str, Any]:
    return {**registry.report(shown.row), "secret": shown.secret}
