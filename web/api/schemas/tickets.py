"""The schemas of tickets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from web.api.schemas.text import Text


class CreateTicket(Schema):
    """The stream that the ticket opens: of a session, or of one job."""

    OPENAPI = {  # noqa: RUF012
        "oneOf": [
            {"title": "A session", "required": ["session_id"]},
            {"title": "A job", "required": ["job_id"]},
        ]
    }

    class Meta:
        unknown = RAISE

    session_id = Text(validate=validate.Length(1, 64))
    job_id = Text(validate=validate.Length(1, 64))

    @validates_schema
    def _one(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("Send either `session_id` or `job_id`.")


class Ticket(Schema):
    """A ticket, which is shown once."""

    ticket = Text(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    url = Text(
        required=True,
        metadata={
            "description": "The stream with the ticket: Server-Sent Events of the job, or the "
            "WebSocket of the session. It can be opened once."
        },
    )
    live_url = Text(
        metadata={
            "description": "The same stream at a live process, if `LIVE_URL` is set: a signed link "
            "that opens it, again after a lost connection too, for at least 15 minutes. Socket.IO "
            "clients send it as `link`."
        },
    )
