"""The schemas of a job's estimate."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from web.api.schemas.clips import ClipFields
from web.api.schemas.jobs import JobWarning
from web.api.schemas.options import Options
from web.api.schemas.pipelines import WithClips, described
from web.api.schemas.text import Text


@described
class EstimateJob(WithClips, Options, ClipFields):
    """The options of a job, and the session whose uploads it would use."""

    session_id = Text(
        metadata={"description": "Needed with `use_audio_as_is`, to know the recording's length."}
    )


class QuotedEngine(Schema):
    """The engine that would run a stage."""

    stage = Text(required=True)
    engine = Text(required=True)
    kind = Text(required=True, metadata={"description": "`real`, `lite` or `simulated`."})
    hosted = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether it runs at an external provider, which may charge for it."
        },
    )


class CostItem(Schema):
    """What one stage would cost."""

    stage = Text(required=True)
    engine = Text(required=True)
    unit = Text(
        required=True, metadata={"description": "`character`, `second`, `token` or `hour`."}
    )
    quantity = fields.Float(required=True)
    amount = fields.Float(required=True)


class JobCost(Schema):
    """The cost by the `PRICES` setting; no items and no unpriced engines means no known cost."""

    currency = Text(required=True)
    amount = fields.Float(required=True)
    items = fields.List(fields.Nested(CostItem), required=True)
    unpriced = fields.List(
        Text(),
        required=True,
        metadata={"description": "Hosted engines without a price."},
    )


class PlannedScene(Schema):
    """A scene of the video."""

    scene = fields.Integer(required=True)
    text = Text(
        required=True,
        allow_none=True,
        metadata={"description": "What is spoken; null if the script is written for a topic."},
    )
    seconds = fields.Float(required=True)


class PlannedStep(Schema):
    """A step of the job."""

    stage = Text(required=True)
    scene = fields.Integer(required=True, allow_none=True)
    engine = Text(required=True)
    seconds = fields.Float(required=True, metadata={"description": "Median duration."})


class PlannedJob(Schema):
    """Scenes and steps; they may change until the job is dispatched."""

    scenes = fields.List(fields.Nested(PlannedScene), required=True)
    steps = fields.List(fields.Nested(PlannedStep), required=True)


class JobEstimate(Schema):
    """An estimate by the engines and workers available now."""

    language = Text(
        required=True,
        metadata={"description": "What is spoken: as asked for, of the voice, or told by `auto`."},
    )
    scenes = fields.Integer(required=True)
    length_seconds = fields.Float(required=True)
    workers = fields.Integer(required=True)
    engines = fields.List(fields.Nested(QuotedEngine), required=True)
    missing = fields.List(
        Text(), required=True, metadata={"description": "Stages that no worker can run now."}
    )
    ahead = fields.Integer(
        required=True, metadata={"description": "Number of jobs queued before it."}
    )
    estimated_start = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Null if it would start at once or there is no estimate."},
    )
    seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Median duration from start to end."},
    )
    seconds_range = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        validate=validate.Length(equal=2),
        metadata={"description": "10th and 90th percentile of the duration."},
    )
    based_on_jobs = fields.Integer(
        required=True,
        metadata={
            "description": "Finished jobs that the duration is learned from. With few of them, it "
            "rests on what the engines declare for a machine of this speed."
        },
    )
    cost = fields.Nested(JobCost, required=True, allow_none=True)
    plan = fields.Nested(
        PlannedJob,
        required=True,
        allow_none=True,
        metadata={"description": "Null if a stage is missing."},
    )
    warnings = fields.List(fields.Nested(JobWarning), required=True)
    why = Text(metadata={"description": "Clips only: why this model was chosen."})
    most_dollars = fields.Float(
        metadata={"description": "Clips only: the most that the clip may cost, with a second try."}
    )
