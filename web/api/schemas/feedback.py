"""The schemas of feedback on videos."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.numbers import WholeNumber
from web.api.schemas.text import Text
from web.jobs.feedback import BEST, LONGEST, PROBLEMS


class SetFeedback(Schema):
    """What an owner thinks of a video."""

    class Meta:
        unknown = RAISE

    score = WholeNumber(
        required=True,
        validate=validate.Range(1, BEST),
        metadata={"description": "From 1 (bad) to 5 (good)."},
    )
    words = Text(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"description": "In your own words; deleted with the files of the job."},
    )
    problems = fields.List(
        Text(validate=validate.OneOf(PROBLEMS)),
        load_default=list,
        validate=validate.Length(max=len(PROBLEMS)),
        metadata={"description": "What was wrong."},
    )


class Feedback(SetFeedback):
    """Feedback on a job."""

    job_id = Text(required=True)
    words = Text(required=True)
    problems = fields.List(Text(), required=True)
    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
