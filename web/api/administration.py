"""The routes of administrators: users, invitations and the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app

from web.access.actor import current_actor
from web.access.principal import admins_only
from web.accounts import administration, invitations, reports, verification
from web.accounts.administration import Search
from web.accounts.links import link
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.administration import (
    AuditEntry,
    AuditPage,
    AuditSearch,
    ChangeUser,
    CreateInvitation,
    InvitationCreated,
    Invitations,
    InvitationSearch,
    ManagedUser,
    Users,
    UserSearch,
    UserSuspended,
)
from web.audit import log
from web.audit.log import Filter
from web.db.engine import reading
from web.services import current_services
from web.storage import account_data

admin = Blueprint(
    "admin", __name__, url_prefix="/api/admin", description="Users, for administrators."
)


@admin.get("/users")
@admin.arguments(UserSearch, location="query")
@admin.response(200, Users)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 422, "VALIDATION_FAILED")
@admins_only
def users(sent: dict[str, Any]) -> dict[str, Any]:
    """List users, newest first (administrators)"""
    with reading() as db:
        page = administration.users(db, Search(**sent))
    listed = [reports.managed(user) for user in page.rows]
    return {"users": listed, "next_cursor": page.next_cursor}


@admin.get("/users/<user_id>")
@admin.response(200, ManagedUser)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 404, "USER_NOT_FOUND")
@admins_only
def user(user_id: str) -> dict[str, Any]:
    """Get a user (administrators)"""
    return _user(user_id)


@admin.patch("/users/<user_id>")
@admin.arguments(ChangeUser)
@admin.response(200, ManagedUser)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 404, "USER_NOT_FOUND")
@documented_errors(admin, 409, "OWN_ACCOUNT")
@documented_errors(admin, 422, "VALIDATION_FAILED")
@admins_only
def change_user(sent: dict[str, Any], user_id: str) -> dict[str, Any]:
    """Change the role or the plan of a user (administrators)"""
    return reports.managed(administration.change(current_actor(), user_id, **sent))


@admin.post("/users/<user_id>/suspend")
@admin.response(200, UserSuspended)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 404, "USER_NOT_FOUND")
@documented_errors(admin, 409, "OWN_ACCOUNT")
@admins_only
def suspend(user_id: str) -> dict[str, Any]:
    """Suspend a user: all tokens end, open jobs are cancelled (administrators)"""
    cancelled = account_data.suspend(current_services(), current_actor(), user_id)
    return {**_user(user_id), "cancelled_jobs": cancelled}


@admin.post("/users/<user_id>/reinstate")
@admin.response(200, ManagedUser)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 404, "USER_NOT_FOUND")
@admins_only
def reinstate(user_id: str) -> dict[str, Any]:
    """End the suspension of a user (administrators)"""
    return reports.managed(administration.reinstate(current_actor(), user_id))


@admin.delete("/users/<user_id>/totp")
@admin.response(204)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 404, "USER_NOT_FOUND")
@documented_errors(admin, 409, "OWN_ACCOUNT", "TOTP_NOT_SET_UP")
@admins_only
def remove_second_factor(user_id: str) -> None:
    """Remove the second factor of a user who has lost it (administrators)"""
    administration.remove_second_factor(current_services(), current_actor(), user_id)


@admin.get("/invitations")
@admin.arguments(InvitationSearch, location="query")
@admin.response(200, Invitations)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 422, "VALIDATION_FAILED")
@admins_only
def list_invitations(sent: dict[str, Any]) -> dict[str, Any]:
    """List invitations, newest first (administrators)"""
    with reading() as db:
        page = invitations.listed(db, sent.get("cursor"), sent["limit"])
    return {"invitations": page.rows, "next_cursor": page.next_cursor}


@admin.post("/invitations")
@admin.arguments(CreateInvitation)
@admin.response(201, InvitationCreated)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 422, "VALIDATION_FAILED")
@admins_only
def invite(sent: dict[str, Any]) -> dict[str, Any]:
    """Invite a person; a given address gets the link by mail (administrators)"""
    settings, email = current_services().settings, sent.get("email")
    made = invitations.create(current_services(), current_actor(), email, sent["role"])
    invitation, token = made
    return {
        **reports.invitation(invitation),
        "token": token,
        "link": link(settings, "invitation", token),
        "sent": email is not None and verification.is_on(settings),
    }


@admin.delete("/invitations/<invitation_id>")
@admin.response(204)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 404, "INVITATION_NOT_FOUND")
@admins_only
def revoke(invitation_id: str) -> None:
    """Revoke an invitation that was not used (administrators)"""
    invitations.revoke(current_actor(), invitation_id)


@admin.get("/audit")
@admin.arguments(AuditSearch, location="query")
@admin.response(200, AuditPage)
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@documented_errors(admin, 422, "VALIDATION_FAILED")
@admins_only
def audit(sent: dict[str, Any]) -> dict[str, Any]:
    """Read the audit log, newest first (administrators)"""
    limit = sent.pop("limit")
    return {"entries": [log.report(entry) for entry in log.page(Filter(**sent), limit)]}


@admin.get("/audit/export")
@admin.response(200, {"type": "string"}, content_type="application/x-ndjson")
@documented_errors(admin, 401, "LOGIN_REQUIRED")
@documented_errors(admin, 403, "ADMINS_ONLY")
@admins_only
def export() -> Response:
    """Export the whole audit log, one JSON object a line (administrators)"""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response = Response(_lines(app), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.ndjson"'
    return response


def _lines(app: Flask) -> Iterator[str]:
    schema = AuditEntry()
    with app.app_context():
        for entry in log.every(Filter()):
            yield json.dumps(schema.dump(log.report(entry))) + "\n"


def _user(user_id: str) -> dict[str, Any]:
    with reading() as db:
        return reports.managed(administration.find(db, user_id))
