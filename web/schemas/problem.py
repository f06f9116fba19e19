"""The shape of every error (`web/gate/problems.py` writes it)."""

from __future__ import annotations

from marshmallow import Schema, fields


class Problem(Schema):
    """RFC 9457, with our code and sentence."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    error_code = fields.String(required=True)
    user_message = fields.String(required=True)
    error = fields.String(required=True, metadata={"description": "The same as `error_code`."})
    message = fields.String(required=True, metadata={"description": "The same as `user_message`."})
    request_id = fields.String(required=True)
    errors = fields.List(
        fields.Dict(), metadata={"description": "What exactly was wrong, one entry a mistake."}
    )
    stages = fields.List(fields.String())
    details = fields.Dict()
