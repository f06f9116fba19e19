"""The schemas of projects."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import RAISE, Schema, fields, validate

from tasks.domain.video_plan import CAPTIONS
from web.api.schemas.images import ID
from web.api.schemas.jobs import JobWarning
from web.api.schemas.library import MOST
from web.api.schemas.numbers import WholeNumber
from web.api.schemas.text import Text
from web.projects.state import STATUSES
from web.sessions.models import TITLE_LENGTH

LANGUAGE: Final = validate.Regexp(r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")
_NAME: Final = validate.Length(1, TITLE_LENGTH)
_SECONDS: Final = validate.Range(4, 60)


class CreateProject(Schema):
    """A project to create."""

    class Meta:
        unknown = RAISE

    name = Text(required=True, validate=_NAME)
    aspect_ratio = Text(load_default="9:16", validate=validate.Equal("9:16"))
    max_seconds = fields.Float(
        load_default=60.0,
        validate=_SECONDS,
        metadata={"description": "The video is shorter than this."},
    )
    language = Text(load_default="en", validate=LANGUAGE)


class ChangeProject(Schema):
    """What to change of a project."""

    class Meta:
        unknown = RAISE

    name = Text(validate=_NAME)
    max_seconds = fields.Float(validate=_SECONDS)
    language = Text(validate=LANGUAGE)


class SearchProjects(Schema):
    """Which projects to list."""

    class Meta:
        unknown = RAISE

    status = Text(validate=validate.OneOf(STATUSES))
    q = Text(validate=_NAME, metadata={"description": "Words in the name."})
    created_after = fields.AwareDateTime(metadata={"description": "At or after this time."})
    created_before = fields.AwareDateTime(metadata={"description": "Before this time."})
    owner = Text(
        validate=validate.Length(1, 80),
        metadata={"description": "The owner whose projects are listed (operators)."},
    )
    cursor = Text(validate=validate.Length(1, 400), metadata={"description": "`next_cursor`."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class ProjectFile(Schema):
    """An upload of a project."""

    upload_id = Text()
    original_name = Text()
    bytes = fields.Integer()
    media_type = Text()
    label = Text()
    url = Text(metadata={"description": "A signed link."})


class Project(Schema):
    """A project."""

    id = Text(metadata={"description": "The project's id."})
    name = Text()
    status = Text(validate=validate.OneOf(STATUSES))
    progress = fields.Float(metadata={"description": "From 0 to 1."})
    progress_percent = fields.Float()
    aspect_ratio = Text()
    max_seconds = fields.Float()
    language = Text()
    session_id = Text(metadata={"description": "The session of its files and events."})
    plan_revision = fields.Integer(allow_none=True)
    sample = fields.Nested(ProjectFile, allow_none=True)
    character = fields.Nested(ProjectFile, allow_none=True)
    voice = fields.Nested(ProjectFile, allow_none=True)
    track = fields.Nested(ProjectFile, allow_none=True)
    facts = fields.Dict(allow_none=True, metadata={"description": "What the analysis found."})
    final_video_path = Text(allow_none=True, metadata={"description": "A signed link."})
    warnings = fields.List(Text())
    created_at = fields.AwareDateTime()
    changed_at = fields.AwareDateTime()


class Projects(Schema):
    """A page of projects, newest first."""

    projects = fields.List(fields.Nested(Project))
    next_cursor = Text(allow_none=True)


class UseUpload(Schema):
    """An upload to use: a finished resumable one, or any other of yours."""

    class Meta:
        unknown = RAISE

    upload_id = Text(required=True, validate=ID)
    role = Text(validate=validate.OneOf(("voice", "music")))
    label = Text(validate=validate.Length(1, 80))
    subject = Text(validate=validate.Length(1, 200))


class AnalysisStarted(Schema):
    """An analysis that was started."""

    job_id = Text()
    status = Text()
    events = Text(metadata={"description": "A signed link to its events."})


class QuotedClip(Schema):
    """What the clip of a scene costs."""

    scene_id = Text()
    model = Text()
    seconds = fields.Float()
    reused = fields.Boolean(metadata={"description": "It was made before, and costs nothing."})
    dollars = fields.Float()
    credits = fields.Float()


class Quote(Schema):
    """What a generation costs."""

    quote_id = Text()
    plan_revision = fields.Integer()
    dollars = fields.Float()
    credits = fields.Float()
    scenes = fields.List(fields.Nested(QuotedClip))
    stages = fields.List(fields.Dict())


class PlanReport(Schema):
    """A revision of a plan."""

    revision = fields.Integer()
    made_by = Text()
    why = Text(metadata={"description": "What has changed, in words."})
    plan = fields.Dict(metadata={"description": "The typed plan (`docs/projects.md`)."})
    seconds = fields.Float(metadata={"description": "Length of the video."})
    starts = fields.List(fields.Float(), metadata={"description": "When each scene begins."})
    degraded = fields.List(fields.Dict())
    quote = fields.Nested(
        Quote, allow_none=True, metadata={"description": "What `generate` confirms."}
    )
    warnings = fields.List(
        fields.Nested(JobWarning),
        metadata={"description": "`MODEL_DEPRECATED` or `MODEL_CLOSED`: about the plan's model."},
    )
    revisions = fields.List(fields.Dict())
    created_at = fields.AwareDateTime()


class PutPlan(Schema):
    """A whole plan, as `GET` has returned it."""

    class Meta:
        unknown = RAISE

    plan = fields.Dict(required=True)


class RestorePlan(Schema):
    """The revision to restore."""

    class Meta:
        unknown = RAISE

    revision = WholeNumber(required=True, validate=validate.Range(1, 1_000_000))


class SendMessage(Schema):
    """A message about the plan."""

    class Meta:
        unknown = RAISE

    message = Text(required=True, validate=validate.Length(1, 4000))
    plan_revision = WholeNumber(
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "The revision that it is about; another one is refused."},
    )


class ChatReport(Schema):
    """A message of the chat."""

    id = fields.Integer()
    role = Text()
    text = Text()
    patch = fields.List(fields.Dict(), allow_none=True)
    revision = fields.Integer(allow_none=True)
    degraded = fields.List(fields.Dict())
    created_at = fields.AwareDateTime()


class ChatAnswer(Schema):
    """The answer to a message, and the plan after it."""

    answer = fields.Nested(ChatReport)
    plan_revision = fields.Integer()
    changed = fields.Boolean()
    plan = fields.Dict()


class ChatStarted(Schema):
    """The first event of a streamed answer: the message was accepted."""

    project_id = Text(required=True)
    plan_revision = fields.Integer(
        required=True, metadata={"description": "The revision that the message is about."}
    )


class ChatFailed(Schema):
    """The last event of a streamed answer that failed; the plan has not changed."""

    error_code = Text(required=True)
    user_message = Text(required=True)


class Chat(Schema):
    """All messages of a chat."""

    messages = fields.List(fields.Nested(ChatReport))


class Generate(Schema):
    """What is confirmed; empty confirms the latest revision."""

    class Meta:
        unknown = RAISE

    plan_revision = WholeNumber(validate=validate.Range(1, 1_000_000))
    quote_id = Text(validate=validate.Length(1, 64))
    storyboard = fields.Boolean(
        metadata={"description": "Refuse a scene whose draft is not approved (`/storyboard`)."}
    )
    model = Text(validate=validate.Length(1, 100))


class GenerationSettings(Schema):
    """What to change of the whole video; fields of an object that are missing stay as they are."""

    class Meta:
        unknown = RAISE

    model = Text(validate=validate.Length(1, 100))
    captions = Text(validate=validate.OneOf(CAPTIONS))
    music = fields.Dict(metadata={"description": "`source`, `prompt`, `tempo`, `cut_on_beats`."})
    mix = fields.Dict(metadata={"description": "`voice`, `music`, `effects`, `ducking`."})
    look = fields.Dict(metadata={"description": "`colour_match`, `fit`."})


class Regenerate(Schema):
    """What to make again; unchanged clips are reused."""

    class Meta:
        unknown = RAISE

    settings = fields.Nested(
        GenerationSettings,
        load_default=dict,
        metadata={"description": "Changes of the plan; they become its next revision."},
    )
    scenes = fields.List(
        Text(validate=validate.Length(1, 32)),
        load_default=list,
        validate=validate.Length(max=12),
        metadata={"description": "Ids of scenes whose clips are made again."},
    )
    plan_revision = WholeNumber(validate=validate.Range(1, 1_000_000))
    quote_id = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "The price that is confirmed (`/regenerate/quote`)."},
    )


class Generation(Schema):
    """A generation that was started."""

    generation_id = Text()
    job_id = Text()
    plan_revision = fields.Integer()
    model = Text()
    status = Text()
    saved = fields.Dict(metadata={"description": "Clips that were reused, and their price."})
    events = Text(metadata={"description": "A signed link to its events."})


class SceneState(Schema):
    """The clip of a scene."""

    scene_id = Text()
    state = Text()
    job_id = Text(allow_none=True)
    model = Text()
    reused = fields.Boolean()
    url = Text(allow_none=True, metadata={"description": "A signed link to the finished clip."})
    seconds = fields.Float()
    api_key_used = Text()


class ProjectStatus(Schema):
    """Where a project is."""

    project_id = Text()
    status = Text(validate=validate.OneOf(STATUSES))
    progress = fields.Float()
    progress_percent = fields.Float()
    estimated_time_remaining = fields.Float(allow_none=True)
    plan_revision = fields.Integer(allow_none=True)
    job_id = Text(allow_none=True)
    error = fields.Dict(allow_none=True)
    scenes = fields.List(fields.Nested(SceneState))
    playlist = Text(
        allow_none=True,
        metadata={"description": "HLS of the finished scenes; null: none can be watched now."},
    )
    saved = fields.Dict()
    events = Text(allow_none=True)


class ExportFormat(Schema):
    """The format of an export."""

    class Meta:
        unknown = RAISE

    format = Text(load_default="zip", validate=validate.OneOf(("otio", "fcpxml", "zip")))


BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "label": {"type": "string"},
                        "role": {"type": "string"},
                        "subject": {"type": "string"},
                    },
                }
            },
            "application/json": {"schema": UseUpload},
        },
    }
}
