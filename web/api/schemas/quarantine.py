"""Files in quarantine as operators see them."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.text import Text


class Quarantined(Schema):
    """Why a file was refused, and who sent it."""

    id = Text(required=True)
    session_id = Text(required=True)
    kind = Text(required=True)
    name = Text(required=True)
    bytes = fields.Integer(required=True)
    code = Text(required=True)
    errors = fields.List(fields.Dict(), required=True)
    reason = Text(required=True)
    refused_at = Text(required=True)


class QuarantineList(Schema):
    """All of them, the oldest first."""

    files = fields.List(fields.Nested(Quarantined), required=True)
