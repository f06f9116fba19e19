"""The schemas of webhooks."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from tasks.outbound.destinations import LONGEST
from web.api.schemas.text import Text
from web.webhooks.events import ENDS, TYPES
from web.webhooks.models import STATES

URL_LENGTH = validate.Length(1, LONGEST)


def _events(*, required: bool) -> fields.Field[Any]:
    return fields.List(
        Text(validate=validate.OneOf(TYPES)),
        required=required,
        validate=validate.Length(1, len(TYPES)),
        metadata={"description": f"Types of events; {', '.join(ENDS)} by default."},
    )


class CreateWebhook(Schema):
    """A request to create a webhook."""

    class Meta:
        unknown = RAISE

    url = Text(required=True, validate=URL_LENGTH, metadata={"description": "`https://...`"})
    events = _events(required=False)
    description = Text(validate=validate.Length(max=200))


class ChangeWebhook(Schema):
    """What to change; the rest stays."""

    class Meta:
        unknown = RAISE

    url = Text(validate=URL_LENGTH)
    events = _events(required=False)
    description = Text(validate=validate.Length(max=200))
    enabled = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "`true` also enables what was disabled by failures."},
    )


class Webhook(Schema):
    """A webhook, as its owner sees it."""

    id = Text(required=True)
    url = Text(required=True)
    description = Text(required=True)
    events = _events(required=True)
    job_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The job whose `webhook_url` this is."},
    )
    enabled = fields.Boolean(required=True)
    disabled_at = fields.AwareDateTime(required=True, allow_none=True)
    disabled_reason = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "`user`, `gone` (410), `asked` (`webhook-delivery: disable`) or "
            "`failing` (five days)."
        },
    )
    failing_since = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Since when every attempt has failed."},
    )
    previous_secret_valid_until = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Until when messages carry the former signature, too."},
    )
    created_at = fields.AwareDateTime(required=True)


class WebhookWithSecret(Webhook):
    """A new webhook, or one with a new secret. Only this answer contains the secret."""

    secret = Text(required=True, metadata={"description": "`whsec_...`"})


class Webhooks(Schema):
    """The webhooks of a user."""

    webhooks = fields.List(fields.Nested(Webhook), required=True)


class DeliverySearch(Schema):
    """Which deliveries to list."""

    class Meta:
        unknown = RAISE

    state = Text(validate=validate.OneOf(STATES))
    cursor = Text(validate=validate.Length(1, 200))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class DeliveryAttempt(Schema):
    """One attempt to deliver a message."""

    at = Text(required=True, metadata={"format": "date-time"})
    seconds = fields.Float(required=True)
    status = fields.Integer(required=True, allow_none=True)
    answer = Text(required=True, metadata={"description": "The first KB of the answer's body."})
    error = Text(required=True, metadata={"description": "Why there was no answer."})


class WebhookDelivery(Schema):
    """A message for a webhook."""

    id = Text(required=True)
    event_id = Text(required=True, metadata={"description": "Also sent as `webhook-id`."})
    event_type = Text(required=True)
    job_id = Text(required=True, allow_none=True)
    state = Text(required=True, validate=validate.OneOf(STATES))
    attempts = fields.List(fields.Nested(DeliveryAttempt), required=True)
    next_attempt_at = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    payload = fields.Dict(required=True, metadata={"description": "The body that is sent."})


class WebhookDeliveries(Schema):
    """A page of deliveries, newest first."""

    deliveries = fields.List(fields.Nested(WebhookDelivery), required=True)
    next_cursor = Text(required=True, allow_none=True)


class ReplayMessages(Schema):
    """Since when to send messages again."""

    class Meta:
        unknown = RAISE

    since = fields.AwareDateTime(
        required=True,
        metadata={"description": "Messages are kept for 30 days, missed events for 7."},
    )


class MessagesReplayed(Schema):
    """How many messages are sent again."""

    messages = fields.Integer(
        required=True, metadata={"description": "At most 1,000; ask again for more."}
    )
