"""Start and estimate clips; their routes are those of every job."""

from __future__ import annotations

from typing import Any

from flask import Response

from web.access import owners, presented
from web.api.start import idempotency_request, started_response, webhook_of_job
from web.http.authentication import authenticated
from web.jobs.charging import Origin
from web.providers import clips, quoting
from web.providers.choosing import ClipRequest
from web.services import current_services


def start_clip(sent: dict[str, Any]) -> Response:
    """Start the clip that a request describes."""
    session = presented.session(sent.pop("session_id"))
    webhook_url = sent.pop("webhook_url", None)
    origin = Origin(authenticated().key_id, sent.pop("quote_id", None))
    sent.pop("pipeline")
    wanted = ClipRequest(**sent)
    taken = clips.start(
        current_services(),
        session,
        wanted,
        idempotency_request(session, wanted, *([webhook_url] if webhook_url else [])),
        owner=owners.of_request(),
        origin=origin,
        with_job=webhook_of_job(webhook_url) if webhook_url else None,
    )
    return started_response(taken, has_webhook=webhook_url is not None)


def estimate_clip(sent: dict[str, Any]) -> dict[str, Any]:
    """Estimate a clip in time and dollars."""
    wanted, session = _described(sent)
    return quoting.estimate(current_services(), wanted, session, owners.of_request())


def quote_clip(sent: dict[str, Any]) -> dict[str, Any]:
    """Estimate a clip in credits, with a quote."""
    wanted, session = _described(sent)
    return quoting.quote(current_services(), wanted, session, owners.of_request())


def _described(sent: dict[str, Any]) -> tuple[ClipRequest, str | None]:
    given = sent.pop("session_id", None)
    session = None if given is None else presented.session(given)
    sent.pop("pipeline")
    return ClipRequest(**sent), session
