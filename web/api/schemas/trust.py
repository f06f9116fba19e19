"""The schemas of verification, consents and reports."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import RAISE, Schema, fields, validate, validates

from web.api.schemas.text import Text
from web.trust.consents import SHOWN
from web.trust.reports import KINDS, STATES
from web.trust.verification import VERDICTS

USES: Final = ("face", "voice")


class VideoLikeness(Schema):
    """How much of a file is that of a known video, from 0 to 1; null if it cannot be compared."""

    picture = fields.Float(required=True, allow_none=True)
    sound = fields.Float(required=True, allow_none=True)


class FileVerification(Schema):
    """Whether a file is a video of this installation."""

    verdict = Text(
        required=True,
        validate=validate.OneOf(VERDICTS),
        metadata={
            "description": "`ours`: these bytes were made here. `altered`: a video that was made "
            "here, changed afterwards. `similar`: only its picture or its sound is like one. "
            "`signed`: unknown, but with a signed statement. `unknown`: none of these."
        },
    )
    message = Text(required=True)
    sha256 = Text(required=True)
    made_at = fields.AwareDateTime(required=True, allow_none=True)
    engines = fields.List(
        fields.Dict(keys=Text(), values=Text()),
        required=True,
        metadata={"description": "`stage` and `name` of the engines that made it."},
    )
    signed_with = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "The certificate of a video that was made here: `operator` or "
            "`self-made`."
        },
    )
    match = fields.Nested(VideoLikeness, required=True, allow_none=True)
    statement = fields.Dict(
        required=True,
        metadata={
            "description": "The signed C2PA statement in the file: `signed`, `valid` (not changed "
            "since), `trusted` (signed with the certificate of this installation), `signer`, "
            "`problems`, `ai_generated`, `engines`, `ingredients`."
        },
    )


class CreateConsent(Schema):
    """A consent to keep."""

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
        metadata={"description": "What the person agreed to, and what for."},
    )
    uses = fields.List(
        Text(validate=validate.OneOf(USES)),
        load_default=lambda: list(USES),
        validate=validate.Length(1, len(USES)),
    )
    shown = Text(
        load_default="checkbox",
        validate=validate.OneOf(SHOWN),
        metadata={
            "description": "How the person has shown it. `spoken` and `document` need "
            "`evidence_upload_id`."
        },
    )
    evidence_upload_id = Text(
        validate=validate.Length(1, 64),
        metadata={
            "description": "An upload of yours: the recording of the spoken sentence, or a picture "
            "of the signed document."
        },
    )
    expires_at = fields.AwareDateTime()


class SpokenCheck(Schema):
    """What was found in the recording of a spoken consent."""

    state = Text(
        required=True,
        validate=validate.OneOf(("pending", "done", "unavailable")),
        metadata={
            "description": "`pending`: a worker with a recogniser will check it. `unavailable`: "
            "none is there, or none has answered; the consent can be used all the same."
        },
    )
    how = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "`recogniser`: its words were compared with the statement. `speech`: "
            "someone speaks in it, and what is said was not checked. Null: not judged yet."
        },
    )
    matches = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "description": "Whether the recording says the statement; null if that is unknown. "
            "A consent whose recording says something else is not valid."
        },
    )
    message = Text(
        required=True, metadata={"description": "What was found, and what follows from it."}
    )
    heard = Text(
        required=True, allow_none=True, metadata={"description": "What the recogniser heard."}
    )
    likeness = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How much of the statement was heard, 0 to 1; 0.6 matches."},
    )
    language = Text(required=True, metadata={"description": "A guess; empty: unknown."})


class ConsentUsed(Schema):
    """How many jobs used a consent."""

    jobs = fields.Integer(required=True, metadata={"description": "All that began with it."})
    open_jobs = fields.Integer(
        required=True,
        metadata={"description": "Those under way; a revocation ends them."},
    )
    videos = fields.Integer(
        required=True,
        metadata={"description": "Finished ones that can be opened; a revocation blocks them."},
    )


class ConsentRecord(Schema):
    """A consent, as its owner sees it."""

    id = Text(required=True)
    subject = Text(required=True)
    statement = Text(required=True)
    uses = fields.List(Text(), required=True)
    shown = Text(
        required=True,
        metadata={"description": "`stated` if the start of a job stated it."},
    )
    has_evidence = fields.Boolean(required=True)
    check = fields.Nested(
        SpokenCheck,
        required=True,
        allow_none=True,
        metadata={"description": "Only of `spoken` consents."},
    )
    valid = fields.Boolean(required=True, metadata={"description": "Whether new jobs may use it."})
    used = fields.Nested(ConsentUsed, required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class PageSearch(Schema):
    """Which page of a list."""

    class Meta:
        unknown = RAISE

    cursor = Text(
        validate=validate.Length(1, 400),
        metadata={"description": "The `next_cursor` of the previous page."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class ConsentPage(Schema):
    """Some consents, newest first."""

    consents = fields.List(fields.Nested(ConsentRecord), required=True)
    next_cursor = Text(required=True, allow_none=True)


class NewReport(Schema):
    """The fields of the form that reports a video."""

    class Meta:
        unknown = RAISE

    kind = Text(load_default=KINDS[0], validate=validate.OneOf(KINDS))
    statement = Text(required=True, validate=validate.Length(1, 4000))
    contact = Text(load_default="", validate=validate.Length(max=254))
    link = Text(load_default="", validate=validate.Length(max=2000))

    @validates("contact")
    def _is_address(self, value: str, **_: Any) -> None:
        if value:
            validate.Email()(value)


class ReportState(Schema):
    """A report, as its reporter sees it."""

    id = Text(required=True)
    kind = Text(required=True, validate=validate.OneOf(KINDS))
    state = Text(required=True, validate=validate.OneOf(STATES))
    created_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(
        required=True, metadata={"description": "Until when it is decided: 48 hours."}
    )
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    note = Text(required=True, metadata={"description": "What the operators wrote about it."})


class ReportWithToken(ReportState):
    """A new report."""

    token = Text(
        required=True,
        metadata={"description": "Shows the state of the report; only this answer contains it."},
    )


class ReportDetails(ReportState):
    """A report, as operators see it."""

    statement = Text(required=True)
    contact = Text(required=True)
    link = Text(required=True)
    sha256 = Text(required=True, metadata={"description": "Of the reported file, if one was sent."})
    jobs = fields.List(
        Text(), required=True, metadata={"description": "Jobs whose videos it is about."}
    )
    certain = fields.Boolean(
        required=True,
        metadata={"description": "Whether it is about these videos; else they are only alike."},
    )
    overdue = fields.Boolean(required=True)


class ReportSearch(PageSearch):
    """Which reports are listed."""

    state = Text(validate=validate.OneOf(STATES))


class ReportPage(Schema):
    """Some reports, newest first."""

    reports = fields.List(fields.Nested(ReportDetails), required=True)
    next_cursor = Text(required=True, allow_none=True)


class ReportDecision(Schema):
    """The note on the decision that the reporter gets."""

    class Meta:
        unknown = RAISE

    note = Text(load_default="", validate=validate.Length(max=2000))


class ReportWithdrawal(ReportDecision):
    """A decision to withdraw."""

    jobs = fields.List(
        Text(validate=validate.Length(1, 32)),
        validate=validate.Length(1, 20),
        metadata={"description": "Jobs to withdraw; by default those that it is certainly about."},
    )


class ReportStatistics(Schema):
    """Figures for a transparency report."""

    reports = fields.Integer(required=True)
    by_kind = fields.Dict(keys=Text(), values=fields.Integer(), required=True)
    by_state = fields.Dict(keys=Text(), values=fields.Integer(), required=True)
    overdue = fields.Integer(required=True)
    decided_in_time = fields.Integer(required=True)
    median_hours = fields.Float(required=True, allow_none=True)
    videos_withdrawn = fields.Integer(required=True)
    files_blocked = fields.Integer(required=True)
    uploads_refused = fields.Integer(required=True)
