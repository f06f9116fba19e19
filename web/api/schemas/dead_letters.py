"""Dead letters as operators see them."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.text import Text

KINDS = ("message", "event", "decision", "outbox", "copy", "duty", "request")
STATES = ("dead", "retrying", "resolved")


class LetterSearch(Schema):
    """Which letters, and where to go on."""

    class Meta:
        unknown = RAISE

    kind = Text(validate=validate.OneOf(KINDS))
    state = Text(validate=validate.OneOf(STATES))
    job_id = Text(validate=validate.Length(1, 64))
    cursor = fields.Integer(
        strict=False,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "`next_cursor` of the page before."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))


class Letter(Schema):
    """Something that the controller could not apply."""

    id = fields.Integer(required=True)
    kind = Text(required=True, validate=validate.OneOf(KINDS))
    reference = Text(
        required=True,
        metadata={"description": "What exactly: an event, a row, the name of a decision."},
    )
    job_id = Text(required=True, allow_none=True)
    error = Text(required=True, metadata={"description": "The class of the error."})
    reason = Text(required=True)
    count = fields.Integer(required=True, metadata={"description": "How often it came."})
    state = Text(required=True, validate=validate.OneOf(STATES))
    payload_complete = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    last_tried_at = fields.AwareDateTime(required=True)


class WholeLetter(Letter):
    """The same with what could not be applied."""

    payload = Text(required=True)


class LetterPage(Schema):
    """The newest first."""

    dead_letters = fields.List(fields.Nested(Letter), required=True)
    next_cursor = fields.Integer(required=True, allow_none=True)
