"""The schemas of API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from web.accounts.api_keys import LONGEST_OVERLAP, OVERLAP, SCOPES
from web.api.schemas.numbers import WholeNumber
from web.api.schemas.text import Text
from web.db.columns import now

_HOURS = LONGEST_OVERLAP.total_seconds() / 3600
MOST_DAILY_JOBS = 1_000_000


class FutureMoment(fields.AwareDateTime):
    """A moment with a time zone that is not over."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError:
            raise ValidationError("Not a valid datetime.") from None
        if moment <= now():
            raise ValidationError("Enter a time in the future.")
        return moment


class CreateApiKey(Schema):
    """A request to create an API key."""

    class Meta:
        unknown = RAISE

    name = Text(required=True, validate=validate.Length(1, 100))
    scopes = fields.List(
        Text(validate=validate.OneOf(SCOPES)),
        required=True,
        validate=validate.Length(1, len(SCOPES)),
        metadata={"description": "What the key may do."},
    )
    expires_at = FutureMoment(metadata={"description": "Without it, the key does not expire."})
    daily_jobs = WholeNumber(
        validate=validate.Range(0, MOST_DAILY_JOBS),
        metadata={"description": "How many jobs the key may start in a day (UTC)."},
    )


class RotateApiKey(Schema):
    """How long the replaced key stays valid."""

    class Meta:
        unknown = RAISE

    overlap_hours = fields.Float(
        validate=validate.Range(0, _HOURS),
        metadata={"description": f"{OVERLAP.total_seconds() / 3600:.0f} hours without it."},
    )


class ApiKey(Schema):
    """An API key, as its owner sees it."""

    id = Text(required=True)
    name = Text(required=True)
    prefix = Text(required=True, metadata={"description": "The first characters of the key."})
    scopes = fields.List(Text(validate=validate.OneOf(SCOPES)), required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    expired = fields.Boolean(required=True)
    last_used_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "To the minute."}
    )
    last_used_from = Text(
        required=True,
        allow_none=True,
        metadata={"description": "A pseudonym of the address, to tell addresses apart."},
    )
    daily_jobs = fields.Integer(required=True, allow_none=True)
    jobs_today = fields.Integer(required=True)
    previous_valid_until = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Until when the key before the last rotation is valid."},
    )


class ApiKeyWithText(ApiKey):
    """A new or rotated API key. Only this answer contains the key itself."""

    key = Text(required=True)


class ApiKeys(Schema):
    """The API keys of a user."""

    keys = fields.List(fields.Nested(ApiKey), required=True)
