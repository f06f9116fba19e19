"""The ticket route: a single-use address for a live stream."""

from __future__ import annotations

from typing import Any

from web.access import guard, presented, tickets, viewers
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.tickets import Ticket, TicketRequest
from web.services import current_services
from web.sessions import links

ticket_routes = Blueprint("tickets", __name__, description="Tickets for live streams.")


@ticket_routes.post("/api/tickets")
@ticket_routes.arguments(TicketRequest)
@ticket_routes.response(201, Ticket)
@documented_errors(ticket_routes, 401, "SESSION_REQUIRED")
@documented_errors(ticket_routes, 404, "SESSION_NOT_FOUND", "JOB_NOT_FOUND")
@documented_errors(ticket_routes, 422, "VALIDATION_FAILED")
@documented_errors(ticket_routes, 503, "NOT_READY")
def create(sent: dict[str, Any]) -> dict[str, Any]:
    """Get a ticket that opens one live stream, once, within a minute"""
    job_id = sent.get("job_id")
    if job_id is None:
        session = presented.session(sent["session_id"])
        path = f"/progress/{links.in_path(session)}"
    else:
        session = guard.require_job(job_id).session_id
        path = f"/process/{job_id}/events"
    text = tickets.issue(current_services(), viewers.ticket_for(session, job_id))
    return {"ticket": text, "expires_in": tickets.SECONDS, "url": tickets.address(path, text)}
