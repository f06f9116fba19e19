"""Sessions."""

from __future__ import annotations

from typing import Any

from web.access import claims, owners, presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.jobs import WithdrawConsent
from web.api.schemas.sessions import ActiveSessions, CreateSession, SessionCreated, SessionStatus
from web.db.engine import reading
from web.events.publish import wake_controller
from web.http.operators import operators_only
from web.http.senders import sender
from web.jobs import consent, submission
from web.jobs import report as reports
from web.services import current_services
from web.sessions import lifecycle, names
from web.sessions.limits import SessionLimits
from web.storage import session_service

sessions = Blueprint("sessions", __name__, description="User sessions.")


@sessions.post("/session/create")
@sessions.arguments(CreateSession)
@sessions.response(201, SessionCreated)
@documented_errors(sessions, 401, "LOGIN_REQUIRED")
@documented_errors(sessions, 403, "USER_MISMATCH")
@documented_errors(sessions, 429, "RATE_LIMITED")
@documented_errors(sessions, 503, "SESSION_LIMIT")
def create(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Open a session"""
    services, session_id = current_services(), names.new_id()
    user_session = session_service.open_session(
        services,
        claims.require_user_id(sent.get("user_id")),
        owner=owners.of_new_session(),
        org_id=owners.organisation(),
        opened_from=sender(services),
        session_id=session_id,
    )
    presented.noted(user_session.id, session_id)
    location = f"/session/{user_session.id}/status"
    return reports.session_identity(user_session), 201, {"Location": location}


@sessions.get("/session/<session_id>/status")
@sessions.response(200, SessionStatus)
@documented_errors(sessions, 404, "SESSION_NOT_FOUND")
def status(session_id: str) -> dict[str, Any]:
    """Get a session with its uploads and jobs"""
    return status_of(session_id)


@sessions.post("/session/<session_id>/consent/withdraw")
@sessions.arguments(WithdrawConsent, required=False)
@sessions.response(200, SessionStatus)
@documented_errors(sessions, 404, "SESSION_NOT_FOUND")
def withdraw(sent: dict[str, Any], session_id: str) -> dict[str, Any]:
    """Withdraw a person's consent; jobs are cancelled and downloads blocked"""
    consent.withdraw(current_services(), session_id, sent.get("subject"))
    return status_of(session_id)


@sessions.post("/session/<session_id>/close")
@sessions.response(200, SessionStatus)
@documented_errors(sessions, 404, "SESSION_NOT_FOUND")
def close(session_id: str) -> dict[str, Any]:
    """Close a session; open jobs are cancelled, outputs are kept"""
    submission.end_session(session_id)
    wake_controller(current_services())
    return status_of(session_id)


def status_of(session_id: str) -> dict[str, Any]:
    with reading() as db:
        return reports.session_report(db, lifecycle.find(db, session_id))


@sessions.get("/sessions")
@sessions.response(200, ActiveSessions)
@documented_errors(sessions, 403, "OPERATORS_ONLY")
@operators_only
def active() -> dict[str, Any]:
    """List active sessions (operators)"""
    limits = SessionLimits.of(current_services().settings)
    return {"sessions": session_service.active_sessions(), **session_service.usage(limits)}


@sessions.post("/session/<session_id>/end")
@sessions.response(204)
@documented_errors(sessions, 403, "OPERATORS_ONLY")
@documented_errors(sessions, 404, "SESSION_NOT_FOUND")
@operators_only
def end(session_id: str) -> None:
    """End a session and delete its files (operators)"""
    with reading() as db:
        name = presented.name(db, session_id)
    session_service.delete_session(current_services(), name)
