"""The shape of every error (`web/http/errors.py` writes it)."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.text import Text


class Problem(Schema):
    """RFC 9457, with our code and sentence."""

    type = Text(required=True)
    title = Text(required=True)
    status = fields.Integer(required=True)
    detail = Text(required=True)
    error_code = Text(required=True)
    user_message = Text(required=True)
    error = Text(required=True, metadata={"description": "The same as `error_code`."})
    message = Text(required=True, metadata={"description": "The same as `user_message`."})
    request_id = Text(required=True)
    errors = fields.List(
        fields.Dict(), metadata={"description": "What exactly was wrong, one entry a mistake."}
    )
    stages = fields.List(Text())
    details = fields.Dict()
