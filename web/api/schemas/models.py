"""The schemas of hosted video models."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.text import Text

STATES = ("announced", "released", "deprecated", "closed")


class ModelsSearch(Schema):
    """Which models to list."""

    class Meta:
        unknown = RAISE

    provider = Text(validate=validate.Length(1, 32))
    state = Text(validate=validate.OneOf(STATES))
    compare = fields.Boolean(
        load_default=False,
        metadata={"description": "Add what the last two weeks say of each model."},
    )


class ModelPrice(Schema):
    """What a model costs."""

    dollars_a_second = fields.Float(required=True)
    checked_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "When an operator has compared it with the provider's price."},
    )


class ModelRecord(Schema):
    """What the last two weeks say of a model."""

    calls = fields.Integer(required=True)
    p50 = fields.Float(required=True, allow_none=True, metadata={"description": "Seconds."})
    p90 = fields.Float(required=True, allow_none=True)
    failure_rate = fields.Float(required=True)
    rejection_rate = fields.Float(
        required=True, metadata={"description": "The share that the provider's moderation refused."}
    )


class VideoModel(Schema):
    """A hosted video model."""

    id = Text(required=True)
    title = Text(required=True)
    aliases = fields.List(Text(), required=True)
    provider = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(STATES))
    released_on = fields.Date(required=True, allow_none=True)
    deprecated_on = fields.Date(required=True, allow_none=True)
    closed_on = fields.Date(required=True, allow_none=True)
    replacement = Text(required=True, allow_none=True)
    available = fields.Boolean(
        required=True,
        metadata={"description": "Whether it is open and a worker has a key of its provider."},
    )
    takes = fields.List(
        Text(),
        required=True,
        metadata={"description": "`text`, `first_frame`, `last_frame`, `reference`, `audio`."},
    )
    durations = fields.List(fields.Float(), required=True)
    any_duration = fields.Boolean(
        required=True,
        metadata={"description": "Whether `durations` are the shortest and the longest clip."},
    )
    ratios = fields.List(Text(), required=True)
    resolutions = fields.List(Text(), required=True)
    prompt_limit = fields.Integer(required=True)
    price = fields.Nested(ModelPrice, required=True)
    licence = Text(required=True)
    commercial_use = fields.Boolean(required=True)
    excluded_regions = fields.List(Text(), required=True)
    added_by_operator = fields.Boolean(required=True)
    note = Text(required=True)
    record = fields.Nested(ModelRecord, metadata={"description": "Only with `compare`."})


class VideoModels(Schema):
    """The hosted video models."""

    models = fields.List(fields.Nested(VideoModel), required=True)


class ModelChange(Schema):
    """Something that happens to a model."""

    date = fields.Date(required=True)
    model = Text(required=True)
    title = Text(required=True)
    change = Text(required=True, validate=validate.OneOf(("released", "deprecated", "closed")))
    announced = fields.Boolean(
        required=True, metadata={"description": "Whether it lies in the future."}
    )
    replacement = Text(required=True, allow_none=True)


class ModelChanges(Schema):
    """What happens to models, the newest first."""

    changes = fields.List(fields.Nested(ModelChange), required=True)
