"""The schemas of an owner's library: lists of jobs and uploads."""

from __future__ import annotations

from typing import Final

from marshmallow import RAISE, Schema, fields, validate

from tasks.domain.job import JobState
from web.api.schemas.files import OutputFile, UploadedFile
from web.api.schemas.jobs import STATES, JobSummary
from web.api.schemas.text import ONE_LINE, Text
from web.jobs.library import OPEN
from web.jobs.models import EXTERNAL, PIPELINE
from web.sessions.models import TITLE_LENGTH

MOST: Final = 200


class _Search(Schema):
    """What the lists of jobs and uploads have in common."""

    class Meta:
        unknown = RAISE

    session_id = Text(
        validate=validate.Length(1, 64), metadata={"description": "Only what is in this session."}
    )
    created_after = fields.AwareDateTime(metadata={"description": "At or after this time."})
    created_before = fields.AwareDateTime(metadata={"description": "Before this time."})
    q = Text(
        validate=validate.Length(1, TITLE_LENGTH),
        metadata={"description": "Words in the title; upper and lower case are equal."},
    )
    owner = Text(
        validate=validate.Length(1, 80),
        metadata={"description": "The owner whose library is listed (operators)."},
    )
    cursor = Text(
        validate=validate.Length(1, 400),
        metadata={"description": "The `next_cursor` of the previous page."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class JobSearch(_Search):
    """Which jobs are listed."""

    state = Text(
        validate=validate.OneOf((*STATES, OPEN)),
        metadata={"description": "A state, or `open`: queued and running ones."},
    )
    kind = Text(validate=validate.OneOf((PIPELINE, EXTERNAL)))
    expired = fields.Boolean(
        load_default=False,
        metadata={"description": "Also list jobs whose files were deleted."},
    )


class UploadSearch(_Search):
    """Which uploads are listed."""

    kind = Text(validate=validate.OneOf(("face", "voice")))


class LibraryJob(JobSummary):
    """A job in its owner's library, with its files."""

    kind = Text(
        required=True,
        metadata={"description": "`pipeline`, or `external` for a job that its caller runs."},
    )
    expires_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When its files will be deleted."}
    )
    language = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The language that is spoken; null for a job that says none."},
    )
    queue_position = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The place of a waiting job: 1 is the next."},
    )
    signed_thumbnail_url = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The picture, small; opens without a session id for a while."},
    )
    outputs = fields.List(fields.Nested(OutputFile), required=True)


class LibraryUpload(UploadedFile):
    """An upload in its owner's library."""

    signed_url = Text(
        required=True,
        metadata={"description": "Opens the file without a session id for at least 15 minutes."},
    )
    signed_preview_url = Text(required=True)


class _Page(Schema):
    next_cursor = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `cursor` for the next page; null on the last one."},
    )


class LibraryJobs(_Page):
    """One page of jobs, newest first."""

    jobs = fields.List(fields.Nested(LibraryJob), required=True)


class LibraryUploads(_Page):
    """One page of uploads, newest first."""

    uploads = fields.List(fields.Nested(LibraryUpload), required=True)


class CancelSearch(Schema):
    """Which jobs are cancelled."""

    class Meta:
        unknown = RAISE

    session_id = Text(
        validate=validate.Length(1, 64), metadata={"description": "Only jobs of this session."}
    )
    state = Text(
        validate=validate.OneOf((JobState.QUEUED.value, JobState.RUNNING.value)),
        metadata={"description": "Only jobs in this state."},
    )


class CancelRequested(Schema):
    """The jobs that will be cancelled."""

    jobs = fields.List(Text(), required=True)


class ChangeTitle(Schema):
    """A new title."""

    class Meta:
        unknown = RAISE

    title = Text(
        required=True,
        validate=[
            validate.Length(1, TITLE_LENGTH),
            validate.Regexp(ONE_LINE, error="Must contain more than spaces, in one line."),
        ],
    )
