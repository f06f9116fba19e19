"""The ticket route: a single-use address for a live stream."""

from __future__ import annotations

from typing import Any

from web.access import guard, presented, tickets, viewers
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.tickets import CreateTicket, Ticket
from web.services import current_services
from web.sessions import links
from web.sessions.signatures import in_path

ticket_routes = Blueprint("tickets", __name__, description="Tickets for live streams.")


@ticket_routes.post("/api/tickets")
@ticket_routes.arguments(CreateTicket)
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
        path = f"/progress/{in_path(session)}"
    else:
        session = guard.require_job(job_id).session_id
        path = f"/process/{job_id}/events"
    services = current_services()
    text = tickets.issue(services, viewers.ticket_for(session, job_id))
    answer = {"ticket": text, "expires_in": tickets.SECONDS, "url": tickets.address(path, text)}
    live = links.live_address(services.settings, links.signed_stream(path, session))
    return answer if live is None else answer | {"live_url": live}
