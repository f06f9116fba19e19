"""Jobs as callers see them."""

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

from tasks.domain.job import JobState
from web.api.schemas.files import File
from web.api.schemas.options import Options
from web.api.schemas.text import Text

_STATES = tuple(state.value for state in JobState)


class Statement(Schema):
    """That one person agrees to what is made of their face or voice."""

    class Meta:
        unknown = RAISE

    subject = Text(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "Who is shown and heard."},
    )
    statement = Text(
        required=True,
        validate=validate.Length(1, 2000),
        metadata={"description": "What they agreed to, in words."},
    )


class Consent(Statement):
    """One statement for all uploads, or one for each: `{"face": {...}, "voice": {...}}`."""

    subject = Text(validate=validate.Length(1, 200))
    statement = Text(validate=validate.Length(1, 2000))
    face = fields.Nested(Statement)
    voice = fields.Nested(Statement)

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


class Withdrawal(Schema):
    """Whose consent is taken back."""

    class Meta:
        unknown = RAISE

    subject = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "As it was stated; without one, everybody in the session."},
    )


class Start(Options):
    """A job to be started in a session."""

    session_id = Text(required=True)
    consent = fields.Nested(
        Consent, metadata={"description": "Needed where the server's CONSENT is `required`."}
    )


class Links(Schema):
    """Where to go on."""

    job = Text(required=True)
    cancel = Text(required=True)
    retry = Text(required=True)
    outputs = Text(required=True)
    events = Text(
        required=True,
        metadata={
            "description": "Server-Sent Events for an `EventSource`: a signed link that opens "
            "them without the session's id, for 15 minutes at least."
        },
    )


class Started(Schema):
    """The answer to a start."""

    job_id = Text(required=True)
    session_id = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(_STATES))
    status = fields.Constant("processing_started")
    links = fields.Nested(Links, required=True)


class Failure(Schema):
    """Why something failed, for the person who asked for it."""

    code = Text(required=True)
    stage = Text(required=True, allow_none=True)
    message = Text(required=True)


class StageReport(Schema):
    """One step: what ran it, when, and what came of it."""

    stage = Text(required=True)
    scene = fields.Integer(required=True, allow_none=True)
    engine = Text(required=True)
    worker = Text(required=True, metadata={"description": "Who ran it last; empty: nobody yet."})
    kind = Text(required=True, metadata={"description": "real, lite or simulated."})
    state = Text(
        required=True, metadata={"description": "waiting, running, done, failed or dropped."}
    )
    found = fields.Boolean(
        required=True, metadata={"description": "The result was there; nothing was computed."}
    )
    attempt = fields.Integer(required=True)
    seconds = fields.Float(required=True, allow_none=True)
    expected_seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "When it was planned: half of such steps take no longer."},
    )
    expected_within = fields.Float(
        required=True, allow_none=True, metadata={"description": "Nine in ten take no longer."}
    )
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    error = fields.Nested(Failure, required=True, allow_none=True)


class Result(Schema):
    """What a succeeded job made, and with what."""

    final_output = fields.Dict(required=True, allow_none=True)
    outputs = fields.List(fields.Nested(File), required=True)
    engines = fields.Dict(
        keys=Text(),
        values=fields.Dict(),
        required=True,
        metadata={
            "description": "By stage: `name` and `kind`; `licence`, and whether it allows "
            "`commercial_use`, of engines that ran here."
        },
    )
    simulated = fields.List(Text(), required=True)
    voice_match = Text(
        required=True,
        allow_none=True,
        metadata={"description": "plain, matched, cloned or recorded."},
    )
    facts = fields.Dict(required=True)
    consent = fields.Dict(
        keys=Text(),
        values=fields.Dict(),
        required=True,
        metadata={"description": "By upload: `stated`, and then `subject` and `statement`."},
    )


class JobSummary(Schema):
    """A job in a list."""

    job_id = Text(required=True)
    session_id = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(_STATES))
    percent = fields.Float(required=True)
    eta_seconds = fields.Float(required=True, allow_none=True)
    eta_range = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        validate=validate.Length(equal=2),
        metadata={
            "description": "Of ten such jobs, one is there sooner than the first, one later "
            "than the second."
        },
    )
    cancel_requested = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    error = fields.Nested(Failure, required=True, allow_none=True)
    title = Text(required=True, metadata={"description": "The first words of it."})
    expired_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Since when its files are gone."}
    )


class Revision(Schema):
    """A plan that the job had, and what was wrong with the one before it."""

    revision = fields.Integer(required=True)
    why = Text(required=True, metadata={"description": "Empty for the first."})
    created_at = fields.AwareDateTime(required=True)
    engines = fields.Dict(
        keys=Text(),
        values=Text(),
        required=True,
        metadata={"description": "By stage."},
    )
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class JobReport(JobSummary):
    """All about a job."""

    expires_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When its files will be gone."}
    )
    attempt = fields.Integer(required=True)
    waiting_for = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Why nobody can carry it out now; None: nothing is missing."},
    )
    retry_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "A step failed, and this is when it is tried again."},
    )
    revision = fields.Integer(
        required=True, metadata={"description": "Of the plan that counts; 0 before the first."}
    )
    revisions = fields.List(fields.Nested(Revision), required=True)
    queue_position = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "1 is the next; None once it was dispatched."},
    )
    estimated_start = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Of a job that waits; None while too little is known."},
    )
    options = fields.Dict(required=True)
    consent = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "By upload, `face` and `voice`; None: it was not stated."},
    )
    consent_withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    stages = fields.List(fields.Nested(StageReport), required=True)
    result = fields.Nested(Result, required=True, allow_none=True)
    links = fields.Nested(Links, required=True)


class Redrive(Schema):
    """Which failed jobs: by name, by what they failed with, by when; at least one of these."""

    class Meta:
        unknown = RAISE

    jobs = fields.List(Text(), validate=validate.Length(1, 1000))
    code = Text(metadata={"description": "The error code that they failed with."})
    since = fields.AwareDateTime(metadata={"description": "When they failed at the earliest."})

    @validates_schema
    def _some(self, sent: dict[str, Any], **_: Any) -> None:
        if not sent:
            raise ValidationError("Say which jobs.", "jobs")


class Redriven(Schema):
    """Those that go on."""

    jobs = fields.List(Text(), required=True)
