"""Health as operators and orchestrators see it."""

from __future__ import annotations

from marshmallow import Schema, fields


class Alive(Schema):
    """The process answers."""

    status = fields.Constant("alive")


class Check(Schema):
    """One part: whether it answered, and how fast."""

    ok = fields.Boolean(required=True)
    milliseconds = fields.Float(required=True)
    why = fields.String(required=True, metadata={"description": "Empty when it is well."})


class Health(Schema):
    """The whole, and its parts by name."""

    status = fields.String(required=True)
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(Check), required=True)
