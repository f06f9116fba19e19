"""The schema of what the operators' page shows."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.moderation import ModeratedImage
from web.api.quarantine import QuarantinedFile
from web.api.schemas.dead_letters import DeadLetterPage
from web.api.schemas.operations import Operations
from web.api.schemas.sessions import ActiveSessions
from web.api.schemas.trust import ReportDetails
from web.api.schemas.workers import Worker


class Overview(Schema):
    """The state of the whole system, and what waits for an operator."""

    operations = fields.Nested(Operations, required=True)
    workers = fields.List(fields.Nested(Worker), required=True)
    sessions = fields.Nested(ActiveSessions, required=True)
    quarantine = fields.List(fields.Nested(QuarantinedFile), required=True)
    moderation = fields.List(fields.Nested(ModeratedImage), required=True)
    dead_letters = fields.Nested(DeadLetterPage, required=True)
    reports = fields.List(fields.Nested(ReportDetails), required=True)
