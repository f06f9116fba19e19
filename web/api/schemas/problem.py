"""The schema of every error response (written by `web/http/errors.py`)."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.text import Text


class Problem(Schema):
    """RFC 9457 problem details with an error code and a message for the user."""

    type = Text(required=True)
    title = Text(required=True)
    status = fields.Integer(required=True)
    detail = Text(required=True)
    error_code = Text(required=True)
    user_message = Text(required=True)
    error = Text(required=True, metadata={"description": "Same as `error_code`."})
    message = Text(required=True, metadata={"description": "Same as `user_message`."})
    request_id = Text(required=True)
    errors = fields.List(fields.Dict(), metadata={"description": "One entry per mistake."})
    stages = fields.List(Text())
    passkey_options = fields.Dict(
        metadata={"description": "For `navigator.credentials.get()`, in place of a code."}
    )
    credits = fields.Dict(
        metadata={"description": "With 402: the credits `needed`, `available` and `missing`."}
    )
    details = fields.Dict()
