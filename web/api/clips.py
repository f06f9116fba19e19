"""Start a clip; its route is that of every start."""

from __future__ import annotations

from typing import Any

from flask import Response

from web.access import owners, presented
from web.api.start import idempotency_request, started_response, webhook_of_job
from web.http.authentication import authenticated
from web.jobs.charging import Origin
from web.providers import clips
from web.providers.clips import ClipRequest
from web.services import current_services


def start_clip(sent: dict[str, Any]) -> Response:
    """Start the clip that a request describes."""
    session = presented.session(sent.pop("session_id"))
    webhook_url = sent.pop("webhook_url", None)
    sent.pop("pipeline")
    wanted = ClipRequest(**sent)
    taken = clips.start(
        current_services(),
        session,
        wanted,
        idempotency_request(session, wanted, *([webhook_url] if webhook_url else [])),
        owner=owners.of_request(),
        origin=Origin(authenticated().key_id),
        with_job=webhook_of_job(webhook_url) if webhook_url else None,
    )
    return started_response(taken, has_webhook=webhook_url is not None)
