"""Live progress without Socket.IO: Server-Sent Events and a plain WebSocket."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, current_app, jsonify, request

from web.access import presented, viewers
from web.api import event_schema
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.db.engine import reading
from web.errors import WebSocketRequired
from web.jobs import report as reports
from web.realtime import asyncapi, sse, websocket
from web.realtime.event_ids import event_id
from web.realtime.snapshot import snapshot
from web.services import current_services

events = Blueprint("events", __name__, description="Live progress.")


@events.get("/asyncapi.json")
@events.response(200, {"type": "object"})
def describe() -> Response:
    """Get the AsyncAPI 3 document of the live events"""
    response = jsonify(asyncapi.document())
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _app() -> Flask:
    """Return the application itself; a stream outlives the request's proxy."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


@events.get("/process/<job_id>/events")
@events.response(200, event_schema.of_job(), content_type=event_schema.EVENT_STREAM)
@events.alt_response(204, description="The job's last event was already received; do not reconnect")
@documented_errors(events, 401, "SESSION_REQUIRED", "LINK_INVALID", "TICKET_INVALID")
@documented_errors(events, 404, "JOB_NOT_FOUND")
@documented_errors(events, 503, "TOO_MANY_CLIENTS")
def of_job(job_id: str) -> Response:
    """Stream a job's events as Server-Sent Events, from the first or after `Last-Event-ID`"""
    known = event_id(request.headers.get("Last-Event-ID") or request.args.get("last_event_id"))
    with reading() as db:
        job = reports.find(db, job_id)
    with ExitStack() as closing:
        lines = sse.stream(
            _app(),
            job,
            known,
            closing,
            presented.speaker(),
            viewer=viewers.of_session(job.session_id),
        )
        if lines is None:
            return Response(status=204)
        response = Response(lines, mimetype=event_schema.EVENT_STREAM)
        # Not at the end of the generator, which may never be started.
        response.call_on_close(closing.pop_all().close)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


@events.get("/progress/<session_id>")
@events.response(101, description="The WebSocket is open")
@documented_errors(events, 401, "TICKET_INVALID")
@documented_errors(events, 404, "SESSION_NOT_FOUND")
@documented_errors(events, 426, "WEBSOCKET_REQUIRED")
@documented_errors(events, 503, "TOO_MANY_CLIENTS")
def of_session(session_id: str) -> Response:  # noqa: ARG001  part of the address
    """Open a WebSocket: a snapshot, then the session's events (`?last_event_id=` resumes)"""
    raise WebSocketRequired  # requests with an upgrade are routed to `open_socket`


def open_socket(session_id: str) -> Response:
    """Open the WebSocket of a session (upgrade requests)."""
    websocket.check_origin(request, current_services().settings)
    known = event_id(request.args.get("last_event_id"))
    picture = snapshot(session_id)
    after = known or picture["last_event_id"]
    hub = current_app.extensions["hub"]
    viewer = viewers.of_session(session_id)
    return websocket.serve(request, hub, picture, after, presented.speaker(), viewer=viewer)
