"""Files in quarantine as operators see them."""

from __future__ import annotations

from marshmallow import Schema, fields


class Quarantined(Schema):
    """Why a file was refused, and who sent it."""

    id = fields.String(required=True)
    session_id = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    bytes = fields.Integer(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Dict(), required=True)
    reason = fields.String(required=True)
    refused_at = fields.String(required=True)


class QuarantineList(Schema):
    """All of them, the oldest first."""

    files = fields.List(fields.Nested(Quarantined), required=True)
