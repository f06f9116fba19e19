"""The moderation routes, for operators: the queue, and decisions."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from web.access.actor import current_actor
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.text import Text
from web.db.engine import reading
from web.http.operators import operators_only
from web.images import moderation as decisions
from web.images.models import STATES

DECISIONS = ("approve", "reject")


class QueueSearch(Schema):
    """Which part of the queue is listed."""

    class Meta:
        unknown = RAISE

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000))


class ModeratedImage(Schema):
    """A picture and how it was moderated."""

    id = Text(required=True)
    owner = Text(required=True)
    name = Text(required=True)
    moderation = Text(required=True, validate=validate.OneOf(STATES))
    provider = Text(required=True, metadata={"description": "`local`, `rekognition` or `off`."})
    score = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How sure the provider is that it is not allowed, 0 to 1."},
    )
    labels = fields.List(Text(), required=True)
    reason = Text(required=True, metadata={"description": "The reason that the owner gets."})
    appeal = Text(required=True, allow_none=True)
    appealed_at = fields.AwareDateTime(required=True, allow_none=True)
    queued_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_by = Text(required=True, metadata={"description": "Empty for the provider."})
    public_id = Text(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    signed_url = Text(required=True)
    signed_thumbnail_url = Text(required=True)


class ModerationQueue(Schema):
    """The pictures that wait for an operator, the longest waiting first."""

    images = fields.List(fields.Nested(ModeratedImage), required=True)


class ModerationDecision(Schema):
    """An operator's decision."""

    class Meta:
        unknown = RAISE

    decision = Text(required=True, validate=validate.OneOf(DECISIONS))
    reason = Text(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "The reason that the owner gets for a rejection."},
    )


moderation = Blueprint("moderation", __name__, description="Moderation of pictures (operators).")


@moderation.get("/moderation")
@moderation.arguments(QueueSearch, location="query")
@moderation.response(200, ModerationQueue)
@documented_errors(moderation, 403, "OPERATORS_ONLY")
@documented_errors(moderation, 422, "VALIDATION_FAILED")
@operators_only
def list_queue(sent: dict[str, Any]) -> dict[str, Any]:
    """List the pictures that wait for an operator: flagged ones and appeals"""
    with reading() as db:
        waiting = decisions.queue(db, **sent)
    return {"images": [decisions.report(item) for item in waiting]}


@moderation.post("/moderation/<image_id>")
@moderation.arguments(ModerationDecision)
@moderation.response(200, ModeratedImage)
@documented_errors(moderation, 403, "OPERATORS_ONLY")
@documented_errors(moderation, 404, "IMAGE_NOT_FOUND")
@documented_errors(moderation, 422, "VALIDATION_FAILED")
@operators_only
def decide(sent: dict[str, Any], image_id: str) -> dict[str, Any]:
    """Approve or reject a picture, whether it waits or not"""
    approve, reason = sent["decision"] == "approve", sent["reason"].strip()
    item = decisions.decide(current_actor(), image_id, approve=approve, reason=reason)
    return decisions.report(item)
