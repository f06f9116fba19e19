"""The last hours as operators see them."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate


class Span(Schema):
    """How far to look back."""

    class Meta:
        unknown = RAISE

    hours = fields.Float(load_default=6.0, validate=validate.Range(0.25, 168))


class JobsEnded(Schema):
    """How the jobs of one bucket ended."""

    begins = fields.AwareDateTime(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)


class StageTimes(Schema):
    """How long a stage took where it was computed."""

    stage = fields.String(required=True)
    runs = fields.Integer(required=True)
    median_seconds = fields.Float(required=True, allow_none=True)
    medians = fields.List(
        fields.Float(allow_none=True),
        required=True,
        metadata={"description": "Of each bucket; None where nothing was computed."},
    )


class FailureCount(Schema):
    """How many jobs ended with a code."""

    code = fields.String(required=True)
    jobs = fields.Integer(required=True)


class Operations(Schema):
    """Queues now, and the last hours in buckets of equal length, the oldest first."""

    since = fields.AwareDateTime(required=True)
    bucket_seconds = fields.Float(required=True)
    queues = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "Waiting tasks by environment; None while Redis is away."},
    )
    open_jobs = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    jobs = fields.List(fields.Nested(JobsEnded), required=True)
    stages = fields.List(fields.Nested(StageTimes), required=True)
    failures = fields.List(fields.Nested(FailureCount), required=True)
    flower_port = fields.Integer(required=True)
