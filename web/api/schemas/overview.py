"""The schema of what the operators' page shows."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.moderation import ModeratedImage
from web.api.quarantine import Quarantined
from web.api.schemas.dead_letters import LetterPage
from web.api.schemas.operations import Operations
from web.api.schemas.sessions import ActiveSessions
from web.api.schemas.trust import WholeReport
from web.api.schemas.workers import Worker


class Overview(Schema):
    """The state of the whole system, and what waits for an operator."""

    operations = fields.Nested(Operations, required=True)
    workers = fields.List(fields.Nested(Worker), required=True)
    sessions = fields.Nested(ActiveSessions, required=True)
    quarantine = fields.List(fields.Nested(Quarantined), required=True)
    moderation = fields.List(fields.Nested(ModeratedImage), required=True)
    dead_letters = fields.Nested(LetterPage, required=True)
    reports = fields.List(fields.Nested(WholeReport), required=True)
