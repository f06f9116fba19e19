"""API keys: list, create, rotate and revoke one's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from web.access.actor import current_actor
from web.access.principal import require_user, users_only
from web.accounts import api_keys
from web.accounts.api_keys import Shown, Wanted
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.keys import ApiKeys, ApiKeyWithText, CreateApiKey, RotateApiKey
from web.db.engine import reading
from web.errors import AccountsOff
from web.services import current_services

keys = Blueprint("keys", __name__, url_prefix="/api/keys", description="API keys of users.")


@keys.before_request
def _require_accounts() -> None:
    if current_services().settings.accounts.auth == "off":
        raise AccountsOff


@keys.get("")
@keys.response(200, ApiKeys)
@documented_errors(keys, 401, "LOGIN_REQUIRED")
@documented_errors(keys, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(keys, 404, "ACCOUNTS_OFF")
@users_only
def listing() -> dict[str, Any]:
    """List your API keys, newest first"""
    with reading() as db:
        mine = api_keys.of_user(db, _user_id())
    return {"keys": [api_keys.report(row) for row in mine]}


@keys.post("")
@keys.arguments(CreateApiKey)
@keys.response(201, ApiKeyWithText)
@documented_errors(keys, 401, "LOGIN_REQUIRED")
@documented_errors(keys, 403, "API_KEY_NOT_ALLOWED", "EMAIL_NOT_VERIFIED")
@documented_errors(keys, 404, "ACCOUNTS_OFF")
@documented_errors(keys, 409, "API_KEYS_LIMIT")
@documented_errors(keys, 422, "VALIDATION_FAILED")
@users_only
def create(sent: dict[str, Any]) -> dict[str, Any]:
    """Create an API key; only this answer contains it"""
    wanted = Wanted(**sent)
    return _shown(api_keys.create(current_services(), current_actor(), _user_id(), wanted))


@keys.post("/<key_id>/rotate")
@keys.arguments(RotateApiKey, required=False)
@keys.response(200, ApiKeyWithText)
@documented_errors(keys, 401, "LOGIN_REQUIRED", "API_KEY_EXPIRED")
@documented_errors(keys, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(keys, 404, "ACCOUNTS_OFF", "API_KEY_NOT_FOUND")
@documented_errors(keys, 422, "VALIDATION_FAILED")
@users_only
def rotate(sent: dict[str, Any], key_id: str) -> dict[str, Any]:
    """Replace an API key; the former one stays valid for the overlap"""
    hours = sent.get("overlap_hours")
    overlap = api_keys.OVERLAP if hours is None else timedelta(hours=hours)
    return _shown(api_keys.rotate(current_actor(), _user_id(), key_id, overlap))


@keys.delete("/<key_id>")
@keys.response(204)
@documented_errors(keys, 401, "LOGIN_REQUIRED")
@documented_errors(keys, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(keys, 404, "ACCOUNTS_OFF", "API_KEY_NOT_FOUND")
@users_only
def revoke(key_id: str) -> None:
    """Revoke an API key; it ends at once"""
    api_keys.revoke(current_actor(), _user_id(), key_id)


def _user_id() -> str:
    return require_user().user_id or ""


def _shown(shown: Shown) -> dict[str, Any]:
    return {**api_keys.report(shown.row), "key": shown.text}
