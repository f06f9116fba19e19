"""What a job would be, before it is started."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from web.api.schemas.options import Options
from web.api.schemas.text import Text


class Asked(Options):
    """The options of a job, and whose uploads it would use."""

    session_id = Text(
        metadata={"description": "Where the recording itself is said: how long it is."}
    )


class QuotedEngine(Schema):
    """Who would do a stage."""

    stage = Text(required=True)
    engine = Text(required=True)
    kind = Text(required=True, metadata={"description": "real, lite or simulated."})
    hosted = fields.Boolean(
        required=True, metadata={"description": "Somebody else's server, who may send a bill."}
    )


class CostItem(Schema):
    """What one stage would cost."""

    stage = Text(required=True)
    engine = Text(required=True)
    unit = Text(required=True, metadata={"description": "character, second, token or hour."})
    quantity = fields.Float(required=True)
    amount = fields.Float(required=True)


class Cost(Schema):
    """By `PRICES`. Neither items nor unpriced engines: nothing is to be paid, as far as known."""

    currency = Text(required=True)
    amount = fields.Float(required=True)
    items = fields.List(fields.Nested(CostItem), required=True)
    unpriced = fields.List(
        Text(),
        required=True,
        metadata={"description": "Hosted engines that no price is set for."},
    )


class Quote(Schema):
    """An estimate; what is started later may find other engines and other workers."""

    scenes = fields.Integer(required=True)
    length_seconds = fields.Float(required=True)
    workers = fields.Integer(required=True)
    engines = fields.List(fields.Nested(QuotedEngine), required=True)
    missing = fields.List(
        Text(), required=True, metadata={"description": "Stages that nobody can do now."}
    )
    ahead = fields.Integer(required=True, metadata={"description": "Jobs that wait already."})
    estimated_start = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "None: at once, or too little is known."},
    )
    seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "From its begin to its end; half of such jobs take no longer."},
    )
    seconds_range = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        validate=validate.Length(equal=2),
        metadata={"description": "Of ten such jobs, one takes less and one more."},
    )
    cost = fields.Nested(Cost, required=True, allow_none=True)
