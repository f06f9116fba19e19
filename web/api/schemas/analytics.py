"""The schemas of the operators' analytics."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.operations import FailureCount
from web.api.schemas.text import Text

LONGEST = 366


class Days(Schema):
    """The period to report, up to today (UTC)."""

    class Meta:
        unknown = RAISE

    days = fields.Integer(load_default=30, validate=validate.Range(1, LONGEST))
    format = Text(
        load_default="json",
        validate=validate.OneOf(("json", "csv")),
        metadata={"description": "`csv` has a line for each day."},
    )


def _number(description: str) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"description": description})


class DurationQuantiles(Schema):
    """Seconds, computed from buckets: at most 13 % off; null where nothing was measured."""

    p50 = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)
    p99 = fields.Float(required=True, allow_none=True)
    mean = fields.Float(required=True, allow_none=True)


class JobCounts(Schema):
    """Jobs that were started, and those that ended by their state."""

    started = fields.Integer(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    success_rate = _number("Share of the jobs that succeeded or failed; null without any.")


class EstimateCounts(Schema):
    """People who asked for an estimate, and those who started a job on the same day."""

    people = fields.Integer(required=True)
    started = fields.Integer(required=True)
    conversion = _number("Share of the people with an estimate who started a job.")


class VideoCost(Schema):
    """What the engines cost by the setting `PRICES`, and how long they worked."""

    currency = Text(required=True)
    amount = _number("Null if nothing that worked has a price.")
    per_video = _number("Cost of a finished video; failed jobs are part of it.")
    gpu_hours = fields.Float(
        required=True, metadata={"description": "Hours in which engines computed on a GPU."}
    )
    cpu_hours = fields.Float(required=True)
    per_gpu_hour = _number("All cost, for each hour of GPU.")
    videos_per_gpu_hour = _number("Finished videos for each hour of GPU.")


class VideoCredits(Schema):
    """Credits that were charged for jobs."""

    charged = fields.Float(required=True)
    videos = fields.Integer(required=True, metadata={"description": "Charged jobs."})
    per_video = _number("Credits of a charged job.")
    per_gpu_hour = _number("Credits for each hour of GPU.")


class _Totals(Schema):
    jobs = fields.Nested(JobCounts, required=True)
    video_seconds = fields.Nested(
        DurationQuantiles, required=True, metadata={"description": "From the request to the video."}
    )
    wait_seconds = fields.Nested(
        DurationQuantiles,
        required=True,
        metadata={"description": "From the request to the dispatch."},
    )
    estimates = fields.Nested(EstimateCounts, required=True)
    cost = fields.Nested(VideoCost, required=True)
    credits = fields.Nested(VideoCredits, required=True)


class RequestDurations(DurationQuantiles):
    """Requests of a day, and their seconds to the first byte."""

    count = fields.Integer(required=True)


class AnalyticsDay(_Totals):
    """One day (UTC)."""

    day = fields.Date(required=True)
    people = fields.Integer(required=True)
    requests = fields.Nested(RequestDurations, required=True)
    score = _number("The mean of the scores.")
    ratings = fields.Integer(required=True)


class PeopleCounts(Schema):
    """Owners who started a job on the last day, in its week and in its month."""

    day = fields.Integer(required=True)
    week = fields.Integer(required=True)
    month = fields.Integer(required=True)


class StageDurations(DurationQuantiles):
    """How long a stage took where it was computed."""

    stage = Text(required=True)
    runs = fields.Integer(required=True)


class RouteLatency(RequestDurations):
    """A route, and how fast it answered."""

    route = Text(required=True)
    failed = fields.Integer(required=True, metadata={"description": "Answers with 5xx."})


class ProblemCount(Schema):
    """How often something was wrong with a video."""

    problem = Text(required=True)
    count = fields.Integer(required=True)


class FeedbackComment(Schema):
    """What an owner said about a video."""

    job_id = Text(required=True)
    score = fields.Integer(required=True)
    words = Text(required=True)
    at = fields.AwareDateTime(required=True)


class FeedbackSummary(Schema):
    """What owners think of their videos."""

    ratings = fields.Integer(required=True)
    score = _number("The mean of the scores.")
    scores = fields.List(
        fields.Integer(), required=True, metadata={"description": "Ratings from 1 to 5."}
    )
    problems = fields.List(fields.Nested(ProblemCount), required=True)
    comments = fields.List(fields.Nested(FeedbackComment), required=True)


class Analytics(_Totals):
    """The whole period, and each of its days, oldest first."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    computed_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "The controller computes today's figures every minute."},
    )
    people = fields.Nested(PeopleCounts, required=True)
    stages = fields.List(fields.Nested(StageDurations), required=True)
    failures = fields.List(fields.Nested(FailureCount), required=True)
    requests = fields.List(
        fields.Nested(RouteLatency),
        required=True,
        metadata={"description": "The routes that are used most."},
    )
    feedback = fields.Nested(FeedbackSummary, required=True)
    days = fields.List(fields.Nested(AnalyticsDay), required=True)
