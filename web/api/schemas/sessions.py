"""The schemas of sessions."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.files import UploadedFile
from web.api.schemas.jobs import JobSummary
from web.api.schemas.text import Text


class CreateSession(Schema):
    """A request to create a session."""

    class Meta:
        unknown = RAISE

    user_id = Text(
        validate=validate.Length(1, 200),
        metadata={
            "description": "A name for the user in lists. Required without an account; with one, "
            "the account's id by default."
        },
    )


class SessionCreated(Schema):
    """A new session."""

    session_id = Text(required=True)
    user_id = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(("active", "ended")))
    created_at = fields.AwareDateTime(required=True)


class SessionCounts(Schema):
    """The numbers of uploads, outputs and jobs by state."""

    uploads = fields.Integer(required=True)
    outputs = fields.Integer(required=True)
    jobs = fields.Integer(required=True)
    queued = fields.Integer(required=True)
    running = fields.Integer(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)


class SessionStatus(SessionCreated):
    """A session with its uploads and jobs."""

    seen_at = fields.AwareDateTime(required=True)
    uploads = fields.List(fields.Nested(UploadedFile), required=True)
    jobs = fields.List(fields.Nested(JobSummary), required=True)
    counts = fields.Nested(SessionCounts, required=True)


class ActiveSession(Schema):
    """An active session."""

    session_id = Text(required=True)
    user_id = Text(required=True)
    created_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True)
    storage_bytes = fields.Integer(required=True)
    working = fields.Boolean(required=True, metadata={"description": "Whether it has open jobs."})


class ActiveSessions(Schema):
    """The active sessions, their number and the limit."""

    active_sessions = fields.Integer(required=True)
    max_sessions = fields.Integer(required=True)
    system_healthy = fields.Boolean(required=True)
    sessions = fields.List(fields.Nested(ActiveSession), required=True)
