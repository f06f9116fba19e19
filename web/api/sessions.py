"""Sessions."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from web import sessions as rooms
from web.api.refusals import refuses
from web.database import reading
from web.reports import sessions as reports
from web.schemas.sessions import Create, Created, Status

sessions = Blueprint("sessions", __name__, description="A person's room.")


@sessions.post("/session/create")
@sessions.arguments(Create)
@sessions.response(201, Created)
def create(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Open a session"""
    room = rooms.create(sent["user_id"])
    return reports.identity(room), 201, {"Location": f"/session/{room.id}/status"}


@sessions.get("/session/<session_id>/status")
@sessions.response(200, Status)
@refuses(sessions, 404, "SESSION_NOT_FOUND")
def status(session_id: str) -> dict[str, Any]:
    """A session with its uploads and jobs"""
    with reading() as database:
        return reports.report(database, rooms.find(database, session_id))
