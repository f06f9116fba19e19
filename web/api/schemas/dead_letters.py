"""The schemas of dead letters."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.text import Text

KINDS = ("message", "event", "decision", "outbox", "copy", "duty", "request")
STATES = ("dead", "retrying", "resolved")


class LetterSearch(Schema):
    """The filter and page of a list of dead letters."""

    class Meta:
        unknown = RAISE

    kind = Text(validate=validate.OneOf(KINDS))
    state = Text(validate=validate.OneOf(STATES))
    job_id = Text(validate=validate.Length(1, 64))
    cursor = fields.Integer(
        strict=False,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "`next_cursor` of the previous page."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))


class DeadLetter(Schema):
    """A message, event or duty that could not be processed."""

    id = fields.Integer(required=True)
    kind = Text(required=True, validate=validate.OneOf(KINDS))
    reference = Text(
        required=True,
        metadata={"description": "Identifies the message, event, row or duty."},
    )
    job_id = Text(required=True, allow_none=True)
    error = Text(required=True, metadata={"description": "The class of the error."})
    reason = Text(required=True)
    count = fields.Integer(required=True, metadata={"description": "How many times it failed."})
    state = Text(required=True, validate=validate.OneOf(STATES))
    payload_complete = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    last_tried_at = fields.AwareDateTime(required=True)


class DeadLetterDetails(DeadLetter):
    """A dead letter with its payload."""

    payload = Text(required=True)


class DeadLetterPage(Schema):
    """A page of dead letters, newest first."""

    dead_letters = fields.List(fields.Nested(DeadLetter), required=True)
    next_cursor = fields.Integer(required=True, allow_none=True)
    dropped = fields.Integer(
        required=True,
        metadata={
            "description": "Unresolved letters that were dropped since installation, because 1,000 "
            "newer ones of their kind came; of `kind`, or of all kinds."
        },
    )
