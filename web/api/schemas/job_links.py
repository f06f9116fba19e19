"""The addresses of a job, as JSON."""

from __future__ import annotations

from marshmallow import Schema

from web.api.schemas.text import Text


class JobLinks(Schema):
    """URLs of the job's further routes."""

    job = Text(required=True)
    cancel = Text(required=True)
    retry = Text(required=True)
    outputs = Text(required=True)
    events = Text(
        required=True,
        metadata={
            "description": "Server-Sent Events for an `EventSource`: a signed link that opens "
            "them without the session id, valid for at least 15 minutes."
        },
    )
    live_events = Text(
        metadata={
            "description": "The same at a process for crowds; absent if the server has none. If it "
            "does not answer, or refuses, use `events`."
        },
    )
