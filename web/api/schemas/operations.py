"""The schemas of the operators' report and statistics."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.text import Text


class Span(Schema):
    """The period to report, up to now."""

    class Meta:
        unknown = RAISE

    hours = fields.Float(load_default=6.0, validate=validate.Range(0.25, 24 * 92))


class JobsEnded(Schema):
    """How many jobs of one time bucket ended in each state."""

    begins = fields.AwareDateTime(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)


class StageTimes(Schema):
    """How long a stage took when computed (not reused)."""

    stage = Text(required=True)
    runs = fields.Integer(required=True)
    median_seconds = fields.Float(required=True, allow_none=True)
    medians = fields.List(
        fields.Float(allow_none=True),
        required=True,
        metadata={"description": "Per bucket; null where nothing was computed."},
    )


class EngineWork(Schema):
    """What an engine computed and how long it took."""

    stage = Text(required=True)
    engine = Text(required=True)
    computed = fields.Integer(required=True)
    found = fields.Integer(
        required=True, metadata={"description": "Results reused from the cache."}
    )
    p50_seconds = fields.Float(required=True, allow_none=True)
    p90_seconds = fields.Float(required=True, allow_none=True)


class FailureCount(Schema):
    """How many jobs failed with an error code."""

    code = Text(required=True)
    jobs = fields.Integer(required=True)


class JobSeconds(Schema):
    """Seconds from request to completion of successful jobs."""

    p50 = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)


class MemoryPeak(Schema):
    """A number of jobs, and when it was reached."""

    at = fields.AwareDateTime(required=True)
    jobs = fields.Integer(required=True)


class MemoryPeaks(Schema):
    """The busiest moments; null if there were no jobs."""

    busiest_hour = fields.Nested(
        MemoryPeak,
        required=True,
        allow_none=True,
        metadata={"description": "The hour in which most jobs were submitted."},
    )
    longest_line = fields.Nested(
        MemoryPeak, required=True, allow_none=True, metadata={"description": "Jobs queued at once."}
    )
    most_at_once = fields.Nested(
        MemoryPeak,
        required=True,
        allow_none=True,
        metadata={"description": "Jobs running at once."},
    )


class CacheUse(Schema):
    """What the stage cache saved in this period, and its current size."""

    found = fields.Integer(required=True)
    computed = fields.Integer(required=True)
    seconds_saved = fields.Float(
        required=True,
        metadata={"description": "Estimated computing time saved."},
    )
    entries = fields.Integer(required=True)
    bytes = fields.Integer(required=True)


class Operations(Schema):
    """Current queues, and the period in time buckets of equal length, oldest first."""

    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    bucket_seconds = fields.Float(required=True)
    queues = fields.Dict(
        keys=Text(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "Waiting tasks by environment; null if Redis is unavailable."},
    )
    open_jobs = fields.Dict(keys=Text(), values=fields.Integer(), required=True)
    jobs = fields.List(fields.Nested(JobsEnded), required=True)
    job_seconds = fields.Nested(JobSeconds, required=True)
    peaks = fields.Nested(MemoryPeaks, required=True)
    stages = fields.List(fields.Nested(StageTimes), required=True)
    engines = fields.List(fields.Nested(EngineWork), required=True)
    cache = fields.Nested(CacheUse, required=True)
    failures = fields.List(fields.Nested(FailureCount), required=True)
    flower_port = fields.Integer(required=True)


class _Sums(Schema):
    entries = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    evictable_entries = fields.Integer(
        required=True, metadata={"description": "Entries that no job uses any more."}
    )
    evictable_bytes = fields.Integer(required=True)
    hits = fields.Integer(required=True)
    misses = fields.Integer(required=True)
    bytes_found = fields.Integer(required=True)
    seconds_saved = fields.Float(
        required=True, metadata={"description": "Estimated computing time saved."}
    )
    evictions = fields.Integer(required=True)
    bytes_evicted = fields.Integer(required=True)


class CacheOfStage(_Sums):
    """The cache statistics of one stage."""

    stage = Text(required=True)


class CacheTotal(_Sums):
    """The cache statistics of all stages."""


class CacheFigures(Schema):
    """The statistics of the stage cache."""

    policy = Text(required=True)
    limit_bytes = fields.Integer(required=True)
    limit_hours = fields.Float(required=True)
    stages = fields.List(fields.Nested(CacheOfStage), required=True)
    total = fields.Nested(CacheTotal, required=True)


class BackTest(Schema):
    """How often actual durations fell within their estimates."""

    what = Text(required=True, metadata={"description": "`job` or a stage."})
    engine = Text(required=True)
    runs = fields.Integer(required=True)
    within_likely = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Share at or below the median estimate; ideally 0.5."},
    )
    within_high = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Share at or below the 90th percentile estimate; ideally 0.9."},
    )
    above_low = fields.Float(required=True, allow_none=True)


class BackTests(Schema):
    """The accuracy of estimates: jobs first, then the steps of each engine."""

    estimates = fields.List(fields.Nested(BackTest), required=True)
