"""Before every view: whoever names a session or a job has to hold the key to it.

A job's id and a session's name are only names: they are in logs, task ids and Flower. A route
with `session_id` or `job_id` in its address is guarded because it has it; nothing has to be
added to the view. Unknown and foreign are answered alike, before anything else of the request
is looked at. Views get the session's name, never its id.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, current_app, request

from config import log_context
from tasks.domain.errors import JobNotFound, SessionNotFoundError
from web.access import presented
from web.db.engine import reading
from web.errors import SessionRequired
from web.http.operators import GUARD, is_operator
from web.jobs.models import Job
from web.sessions import links

_TEXTS: Final = ("application/json", "application/problem+json")


def register(app: Flask) -> None:
    """Guard an application, and answer in its callers' own ids."""
    app.before_request(_admit)
    app.after_request(_speak)


def _admit() -> None:
    named = request.view_args or {}
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "OPTIONS" or hasattr(view, GUARD):
        return  # operators name what they mean, and are asked for their token
    if "session_id" in named:
        named["session_id"] = _session(named["session_id"])
    if "job_id" in named:
        _require_job(named["job_id"])
        log_context.bind(job_id=named["job_id"])


def _session(given: str) -> str:
    """The session of an address: its id, or its name with the key beside it."""
    if links.is_signed():
        name = links.named(given)
        links.require_valid(name)
        return name
    try:
        return presented.session(given)
    except SessionNotFoundError:
        if _header_opens(given):
            return given
        raise


def _require_job(job_id: str) -> None:
    with reading() as db:
        job = db.get(Job, job_id)
    if links.is_signed():
        links.require_valid(job.session_id if job is not None else None)
        return
    if job is not None and _header_opens(job.session_id):
        return
    if presented.in_header() is None and not is_operator():
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    if job is None or not is_operator():
        raise JobNotFound


def _header_opens(name: str) -> bool:
    given = presented.in_header()
    if given is None:
        return False
    with reading() as db:
        if presented.opened(db, given) != name:
            return False
    presented.noted(name, given)
    return True


def _speak(response: Response) -> Response:
    """Say the caller's ids for our names; what we stream is spoken where it is written."""
    if not presented.known_ids():
        return response
    location = response.headers.get("Location")
    if location is not None:
        response.headers["Location"] = presented.spoken(location)
    if response.mimetype in _TEXTS and not response.is_streamed:
        response.set_data(presented.spoken(response.get_data(as_text=True)))
    return response
