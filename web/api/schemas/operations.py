"""The last hours as operators see them."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.text import Text


class Span(Schema):
    """How far to look back."""

    class Meta:
        unknown = RAISE

    hours = fields.Float(load_default=6.0, validate=validate.Range(0.25, 24 * 92))


class JobsEnded(Schema):
    """How the jobs of one bucket ended."""

    begins = fields.AwareDateTime(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)


class StageTimes(Schema):
    """How long a stage took where it was computed."""

    stage = Text(required=True)
    runs = fields.Integer(required=True)
    median_seconds = fields.Float(required=True, allow_none=True)
    medians = fields.List(
        fields.Float(allow_none=True),
        required=True,
        metadata={"description": "Of each bucket; None where nothing was computed."},
    )


class EngineWork(Schema):
    """What an engine did."""

    stage = Text(required=True)
    engine = Text(required=True)
    computed = fields.Integer(required=True)
    found = fields.Integer(
        required=True, metadata={"description": "Equal results that were there already."}
    )
    p50_seconds = fields.Float(required=True, allow_none=True)
    p90_seconds = fields.Float(required=True, allow_none=True)


class FailureCount(Schema):
    """How many jobs ended with a code."""

    code = Text(required=True)
    jobs = fields.Integer(required=True)


class JobSeconds(Schema):
    """From the request of a video to its end, where it succeeded."""

    p50 = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)


class Peak(Schema):
    """So many jobs, at that moment or from then on."""

    at = fields.AwareDateTime(required=True)
    jobs = fields.Integer(required=True)


class Peaks(Schema):
    """When most was going on; None where nothing was."""

    busiest_hour = fields.Nested(
        Peak,
        required=True,
        allow_none=True,
        metadata={"description": "Into which most jobs came."},
    )
    longest_line = fields.Nested(
        Peak, required=True, allow_none=True, metadata={"description": "Jobs not yet dispatched."}
    )
    most_at_once = fields.Nested(
        Peak, required=True, allow_none=True, metadata={"description": "Jobs under way."}
    )


class CacheUse(Schema):
    """What the stage cache was good for in these hours, and what it holds now."""

    found = fields.Integer(required=True)
    computed = fields.Integer(required=True)
    seconds_saved = fields.Float(
        required=True,
        metadata={"description": "What computing it again would have taken, by the estimates."},
    )
    entries = fields.Integer(required=True)
    bytes = fields.Integer(required=True)


class Operations(Schema):
    """Queues now, and the last hours in buckets of equal length, the oldest first."""

    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    bucket_seconds = fields.Float(required=True)
    queues = fields.Dict(
        keys=Text(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "Waiting tasks by environment; None while Redis is away."},
    )
    open_jobs = fields.Dict(keys=Text(), values=fields.Integer(), required=True)
    jobs = fields.List(fields.Nested(JobsEnded), required=True)
    job_seconds = fields.Nested(JobSeconds, required=True)
    peaks = fields.Nested(Peaks, required=True)
    stages = fields.List(fields.Nested(StageTimes), required=True)
    engines = fields.List(fields.Nested(EngineWork), required=True)
    cache = fields.Nested(CacheUse, required=True)
    failures = fields.List(fields.Nested(FailureCount), required=True)
    flower_port = fields.Integer(required=True)
