"""The schemas of batches."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from tasks.domain.manifest import LARGEST, LONGEST_NAME, MOST_VIDEOS
from web.api.schemas.billing import Micro
from web.api.schemas.library import MOST
from web.api.schemas.text import Text
from web.batches.models import STATES, VIDEO_STATES
from web.sessions.models import TITLE_LENGTH


class NewVideo(Schema):
    """A video of a manifest."""

    class Meta:
        unknown = RAISE

    name = Text(required=True, validate=validate.Length(1, LONGEST_NAME))
    values = fields.Dict(
        keys=Text(),
        values=Text(),
        load_default=dict,
        metadata={"description": "The text for each `{{place}}` of the template."},
    )


class CreateBatch(Schema):
    """Many videos from one template: rows of JSON, or a CSV with a column `name`."""

    OPENAPI = {"oneOf": [{"required": ["videos"]}, {"required": ["csv"]}]}  # noqa: RUF012

    class Meta:
        unknown = RAISE

    template = Text(
        required=True,
        validate=validate.Length(1, 40),
        metadata={"description": "The project whose plan has the places, such as `{{product}}`."},
    )
    name = Text(load_default="", validate=validate.Length(0, TITLE_LENGTH))
    videos = fields.List(fields.Nested(NewVideo), validate=validate.Length(1, MOST_VIDEOS))
    csv = Text(validate=validate.Length(1, LARGEST))

    @validates_schema
    def _one_manifest(self, data: dict[str, Any], **_more: Any) -> None:
        if ("videos" in data) == ("csv" in data):
            raise ValidationError("Send either videos or csv.", "videos")


class StartBatch(Schema):
    """What is confirmed; empty confirms the quote of the batch."""

    class Meta:
        unknown = RAISE

    quote_id = Text(validate=validate.Length(1, 64))
    max_credits = Micro(
        validate=validate.Range(0),
        metadata={
            "type": "number",
            "description": "The most that its videos may cost; by default what was quoted.",
        },
    )


class SearchBatches(Schema):
    """Which page of batches is listed."""

    class Meta:
        unknown = RAISE

    cursor = Text(validate=validate.Length(1, 400), metadata={"description": "`next_cursor`."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class VideoOfBatch(Schema):
    """A video of a batch."""

    row = fields.Integer(required=True, metadata={"description": "Its place, from 0."})
    name = Text(required=True)
    values = fields.Dict(required=True)
    state = Text(required=True, validate=validate.OneOf(VIDEO_STATES))
    project_id = Text(required=True, allow_none=True)
    credits = fields.Float(required=True, metadata={"description": "Its share of the quote."})
    charged_credits = fields.Float(
        required=True, metadata={"description": "What was charged, or is held; of all tries."}
    )
    error = fields.Dict(required=True, allow_none=True)
    url = Text(required=True, allow_none=True, metadata={"description": "A signed link."})


class Batch(Schema):
    """A batch, its quote and its videos."""

    id = Text(required=True)
    name = Text(required=True)
    template = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(STATES))
    problem = fields.Dict(
        required=True, allow_none=True, metadata={"description": "Why it waits or is paused."}
    )
    quote_id = Text(required=True)
    dollars = fields.Float(required=True)
    credits = fields.Float(required=True)
    max_credits = fields.Float(required=True)
    charged_credits = fields.Float(
        required=True, metadata={"description": "What was charged, and is held, so far."}
    )
    counts = fields.Dict(required=True, metadata={"description": "How many videos by state."})
    videos = fields.List(fields.Nested(VideoOfBatch), required=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class Batches(Schema):
    """A page of batches, newest first, without their videos."""

    batches = fields.List(fields.Nested(Batch), required=True)
    next_cursor = Text(required=True, allow_none=True)
