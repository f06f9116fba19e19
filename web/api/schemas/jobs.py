"""The schemas of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from config.stages import STAGES
from tasks.domain.job import JobState
from web.api.schemas.audience import WorkerName
from web.api.schemas.files import JobFile
from web.api.schemas.job_links import JobLinks
from web.api.schemas.text import Text
from web.api.schemas.voices import SuggestedVoice

ENGINES = tuple(sorted({engine for stage in STAGES.values() for engine in stage.engines}))
STATES = tuple(state.value for state in JobState)
DEPRECATED = {"deprecated": True}
"""Names of the first design, kept as aliases."""


class ConsentStatement(Schema):
    """The consent of one person to the use of their face or voice."""

    class Meta:
        unknown = RAISE

    subject = Text(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "The person shown or heard."},
    )
    statement = Text(
        required=True,
        validate=validate.Length(1, 2000),
        metadata={"description": "What the person agreed to."},
    )


class JobConsent(ConsentStatement):
    """One statement for all uploads, or one for each: `{"face": {...}, "voice": {...}}`."""

    subject = Text(validate=validate.Length(1, 200))
    statement = Text(validate=validate.Length(1, 2000))
    face = fields.Nested(ConsentStatement)
    voice = fields.Nested(ConsentStatement)

    @validates_schema
    def _one_way(self, data: Mapping[str, Any], **_: Any) -> None:
        whole = {"subject", "statement"} & set(data)
        if len(whole) == 1:
            missing = ({"subject", "statement"} - whole).pop()
            raise ValidationError("Missing data for required field.", missing)
        if bool(whole) == bool({"face", "voice"} & set(data)):
            raise ValidationError("Give one statement, or one each for `face` and `voice`.")

    @post_load
    def _by_upload(self, data: dict[str, Any], **_: Any) -> dict[str, dict[str, str]]:
        return {"face": data, "voice": data} if "subject" in data else data


class WithdrawConsent(Schema):
    """The person who withdraws their consent."""

    class Meta:
        unknown = RAISE

    subject = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "As in the statement; without one, everyone in the session."},
    )


class JobWarning(Schema):
    """What a person should know about a job that is accepted all the same."""

    code = Text(
        required=True,
        metadata={
            "description": "`ENGINE_NOT_RUNNING`, `LANGUAGE_MISMATCH`, `MARKUP_REMOVED`, "
            "`MISSING_GLYPHS`, `MODEL_DEPRECATED`, `ROBOTIC_VOICE`, `SAMPLE_TEXT`, or one of the "
            "picture's `warnings`."
        },
    )
    message = Text(required=True)


class JobWebhook(Schema):
    """The webhook of a job with a `webhook_url`."""

    id = Text(required=True)
    secret = Text(required=True, metadata={"description": "Signs its messages (`whsec_...`)."})


class JobStarted(Schema):
    """A job that was accepted."""

    job_id = Text(required=True)
    session_id = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(STATES))
    status = fields.Constant("processing_started")
    warnings = fields.List(fields.Nested(JobWarning), required=True)
    suggested_voice = fields.Nested(
        SuggestedVoice,
        required=True,
        allow_none=True,
        metadata={
            "description": "Null if the request chose a voice, or none is suggested for its "
            "picture. Another one can always be chosen with `voice`."
        },
    )
    links = fields.Nested(JobLinks, required=True)
    webhook = fields.Nested(
        JobWebhook, metadata={"description": "Only if the request had a `webhook_url`."}
    )


class JobFailure(Schema):
    """Why a job or step failed."""

    error_code = Text(required=True)
    stage = Text(required=True, allow_none=True)
    user_message = Text(required=True)
    code = Text(required=True, metadata={"description": "Same as `error_code`.", **DEPRECATED})
    message = Text(required=True, metadata={"description": "Same as `user_message`.", **DEPRECATED})


class StageReport(Schema):
    """One step: where and when it ran, and its result."""

    stage = Text(required=True)
    scene = fields.Integer(required=True, allow_none=True)
    engine = Text(required=True)
    worker = WorkerName(
        required=True,
        metadata={
            "description": "The last worker that ran it, empty if none. Without an operator "
            "token, only the worker's environment."
        },
    )
    kind = Text(required=True, metadata={"description": "`real`, `lite` or `simulated`."})
    state = Text(
        required=True,
        metadata={
            "description": "`waiting`, `running`, `waiting_provider`, `done`, `failed` or "
            "`dropped`."
        },
    )
    found = fields.Boolean(
        required=True, metadata={"description": "Whether a cached result was reused."}
    )
    attempt = fields.Integer(required=True)
    seconds = fields.Float(required=True, allow_none=True)
    expected_seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Median estimate made when the step was planned."},
    )
    expected_within = fields.Float(
        required=True, allow_none=True, metadata={"description": "90th percentile estimate."}
    )
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    provider = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "Of a hosted model: see the guide."},
    )
    error = fields.Nested(JobFailure, required=True, allow_none=True)


class JobResult(Schema):
    """The outputs of a successful job and the engines used."""

    final_output = fields.Dict(required=True, allow_none=True)
    outputs = fields.List(fields.Nested(JobFile), required=True)
    engines = fields.Dict(
        keys=Text(),
        values=fields.Dict(),
        required=True,
        metadata={
            "description": "By stage: `name` and `kind`; for engines that run locally also "
            "`licence` and `commercial_use`."
        },
    )
    simulated = fields.List(Text(), required=True)
    written_by = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "Who wrote the script: `user`, `recording`, a model's name, or "
            "`template` for a sample text that says nothing about its topic."
        },
    )
    voice_match = Text(
        required=True,
        allow_none=True,
        metadata={"description": "`plain`, `matched`, `cloned` or `recorded`."},
    )
    facts = fields.Dict(required=True)
    consent = fields.Dict(
        keys=Text(),
        values=fields.Dict(),
        required=True,
        metadata={"description": "By upload: `stated`; if true, also `subject` and `statement`."},
    )


class JobSummary(Schema):
    """A job in a list."""

    job_id = Text(required=True)
    session_id = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(STATES))
    progress_percent = fields.Float(required=True)
    percent = fields.Float(
        required=True, metadata={"description": "Same as `progress_percent`.", **DEPRECATED}
    )
    eta_seconds = fields.Float(required=True, allow_none=True)
    eta_range = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        validate=validate.Length(equal=2),
        metadata={
            "description": "Remaining seconds: the 10th and the 90th percentile of the estimate."
        },
    )
    cancel_requested = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    error = fields.Nested(JobFailure, required=True, allow_none=True)
    title = Text(required=True, metadata={"description": "The first words of the script or topic."})
    expired_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When its files were deleted."}
    )


class PlanRevision(Schema):
    """One revision of the job's plan, and why it replaced the previous one."""

    revision = fields.Integer(required=True)
    why = Text(required=True, metadata={"description": "Empty for the first revision."})
    created_at = fields.AwareDateTime(required=True)
    engines = fields.Dict(
        keys=Text(),
        values=Text(),
        required=True,
        metadata={"description": "Engine names by stage."},
    )
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class StoredObject(fields.Dict):
    """An object of the database; a row that holds something else reads as an empty one."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        stored = value if isinstance(value, Mapping) else {}
        return super()._serialize(stored, attr, obj, **kwargs)  # type: ignore[no-untyped-call]


class JobReport(JobSummary):
    """A job with its steps, results and links."""

    warnings = fields.List(fields.Nested(JobWarning), required=True)

    expires_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When its files will be deleted."}
    )
    attempt = fields.Integer(required=True)
    waiting_for = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Why no worker can run it now; null if one can."},
    )
    retry_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When a failed step is retried."},
    )
    revision = fields.Integer(
        required=True,
        metadata={"description": "The current plan's revision; 0 before the first plan."},
    )
    revisions = fields.List(fields.Nested(PlanRevision), required=True)
    queue_position = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "1 is next; null once dispatched."},
    )
    estimated_start = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "For a queued job; null if there is no estimate."},
    )
    options = StoredObject(required=True)
    consent = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "By upload (`face`, `voice`); null if not stated."},
    )
    consent_withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    stages = fields.List(fields.Nested(StageReport), required=True)
    result = fields.Nested(JobResult, required=True, allow_none=True)
    links = fields.Nested(JobLinks, required=True)


class RedriveJobs(Schema):
    """Selects failed jobs by id, error code or time; at least one is required."""

    class Meta:
        unknown = RAISE

    jobs = fields.List(Text(), validate=validate.Length(1, 1000))
    code = Text(metadata={"description": "The error code of the failure."})
    since = fields.AwareDateTime(
        metadata={"description": "Jobs that failed at or after this time."}
    )

    @validates_schema
    def _some(self, sent: dict[str, Any], **_: Any) -> None:
        if not sent:
            raise ValidationError("Give `jobs`, `code` or `since`.", "jobs")


class JobsRedriven(Schema):
    """The jobs that are retried."""

    jobs = fields.List(Text(), required=True)


class AllJobsSearch(Schema):
    """Which jobs of all owners are listed."""

    class Meta:
        unknown = RAISE

    state = Text(validate=validate.OneOf(STATES))
    code = Text(
        validate=validate.Length(1, 64), metadata={"description": "The error code of the failure."}
    )
    owner = Text(validate=validate.Length(1, 80))
    engine = Text(
        validate=validate.OneOf(ENGINES),
        metadata={"description": "An engine of the job's current plan."},
    )
    created_after = fields.AwareDateTime(metadata={"description": "At or after this time."})
    created_before = fields.AwareDateTime(metadata={"description": "Before this time."})
    cursor = Text(
        validate=validate.Length(1, 400),
        metadata={"description": "The `next_cursor` of the previous page."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class ListedJob(Schema):
    """A job in the list of all jobs, without what its owner wrote."""

    job_id = Text(required=True)
    session_id = Text(required=True, metadata={"description": "The name of its session."})
    owner = Text(required=True)
    kind = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(STATES))
    percent = fields.Float(required=True)
    attempt = fields.Integer(required=True)
    engines = fields.List(Text(), required=True)
    age_seconds = fields.Float(required=True, metadata={"description": "Since it was accepted."})
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    expired_at = fields.AwareDateTime(required=True, allow_none=True)
    waiting_for = Text(required=True, allow_none=True)
    error = fields.Nested(JobFailure, required=True, allow_none=True)


class AllJobs(Schema):
    """One page of jobs, newest first."""

    jobs = fields.List(fields.Nested(ListedJob), required=True)
    next_cursor = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `cursor` for the next page; null on the last one."},
    )
