"""The schemas of hosted video models."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.api.schemas.clips import LONGEST_PROMPT, RATIOS, RESOLUTIONS
from web.api.schemas.numbers import WholeNumber
from web.api.schemas.text import Text

STATES = ("announced", "released", "deprecated", "closed")


class ModelsSearch(Schema):
    """Which models to list."""

    class Meta:
        unknown = RAISE

    provider = Text(validate=validate.Length(1, 32))
    state = Text(validate=validate.OneOf(STATES))
    compare = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Add what the last two weeks say of each model, and whether it fits "
            "the clip that the other parameters describe."
        },
    )
    duration = fields.Float(
        load_default=5.0, validate=validate.Range(1, 60), metadata={"description": "Seconds."}
    )
    ratio = Text(load_default="16:9", validate=validate.OneOf(RATIOS))
    resolution = Text(validate=validate.OneOf(RESOLUTIONS))
    draft = fields.Boolean(load_default=False)
    audio = fields.Boolean(load_default=False)
    first_frame = fields.Boolean(
        load_default=False,
        metadata={"description": "Whether the clip shall begin with a picture of yours."},
    )
    last_frame = fields.Boolean(
        load_default=False, metadata={"description": "Whether it shall end with one."}
    )
    speech = fields.Boolean(
        load_default=False,
        metadata={"description": "Whether the person in the first picture shall speak."},
    )
    prompt_length = fields.Integer(
        load_default=1,
        validate=validate.Range(1, LONGEST_PROMPT),
        metadata={"description": "The number of characters of the prompt."},
    )


class ModelPrice(Schema):
    """What a model costs."""

    dollars_a_second = fields.Float(required=True)
    draft_dollars_a_second = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The same for a draft in 360p; null: drafts cost as much."},
    )
    checked_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "When an operator has compared it with the provider's price."},
    )


class ModelRecord(Schema):
    """What the last two weeks say of a model."""

    calls = fields.Integer(required=True)
    p50 = fields.Float(required=True, allow_none=True, metadata={"description": "Seconds."})
    p90 = fields.Float(required=True, allow_none=True)
    failure_rate = fields.Float(required=True)
    rejection_rate = fields.Float(
        required=True, metadata={"description": "The share that the provider's moderation refused."}
    )


class ModelFit(Schema):
    """Whether a model can make the clip that was described."""

    fits = fields.Boolean(required=True)
    reasons = fields.List(
        Text(), required=True, metadata={"description": "Why it cannot; empty if it can."}
    )
    seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How long its clip would be: the next longer one it makes."},
    )
    dollars = fields.Float(
        required=True, allow_none=True, metadata={"description": "What that clip costs."}
    )


class VideoModel(Schema):
    """A hosted video model."""

    id = Text(required=True)
    title = Text(required=True)
    aliases = fields.List(Text(), required=True)
    provider = Text(required=True)
    kind = Text(
        required=True,
        validate=validate.OneOf(("hosted", "lite")),
        metadata={"description": "`lite`: made by the workers, on a CPU, without a key."},
    )
    state = Text(required=True, validate=validate.OneOf(STATES))
    released_on = fields.Date(required=True, allow_none=True)
    deprecated_on = fields.Date(required=True, allow_none=True)
    closed_on = fields.Date(required=True, allow_none=True)
    replacement = Text(required=True, allow_none=True)
    available = fields.Boolean(
        required=True,
        metadata={"description": "Whether it is open and a worker has a key of its provider."},
    )
    takes = fields.List(
        Text(),
        required=True,
        metadata={
            "description": "`text`, `first_frame`, `last_frame`, `reference`, `audio`, `speech`."
        },
    )
    durations = fields.List(fields.Float(), required=True)
    any_duration = fields.Boolean(
        required=True,
        metadata={"description": "Whether `durations` are the shortest and the longest clip."},
    )
    ratios = fields.List(Text(), required=True)
    resolutions = fields.List(Text(), required=True)
    prompt_limit = fields.Integer(required=True)
    price = fields.Nested(ModelPrice, required=True)
    licence = Text(required=True)
    commercial_use = fields.Boolean(required=True)
    excluded_regions = fields.List(Text(), required=True)
    added_by_operator = fields.Boolean(required=True)
    note = Text(required=True)
    record = fields.Nested(ModelRecord, metadata={"description": "Only with `compare`."})
    fit = fields.Nested(ModelFit, metadata={"description": "Only with `compare`."})


class VideoModels(Schema):
    """The hosted video models."""

    models = fields.List(fields.Nested(VideoModel), required=True)


class ModelChange(Schema):
    """Something that happens to a model."""

    date = fields.Date(required=True)
    model = Text(required=True)
    title = Text(required=True)
    change = Text(required=True, validate=validate.OneOf(("released", "deprecated", "closed")))
    announced = fields.Boolean(
        required=True, metadata={"description": "Whether it is in the future."}
    )
    replacement = Text(required=True, allow_none=True)


class ModelChanges(Schema):
    """What happens to models, the newest first."""

    changes = fields.List(fields.Nested(ModelChange), required=True)


TAKES = ("text", "first_frame", "last_frame", "reference", "audio", "speech")
CALL_STATES = (
    *("queued", "submitting", "waiting", "ready", "finishing"),
    *("done", "failed", "unknown", "cancelled"),
)


class NewProvider(Schema):
    """A provider, or what changes about it."""

    class Meta:
        unknown = RAISE

    title = Text(validate=validate.Length(1, 100))
    wire = Text(
        validate=validate.Regexp(r"^[a-z_]{1,32}$"),
        metadata={
            "description": "`runway`, `google`, `kling`, `fal`, `replicate`, `openai_videos` or "
            "`seedance`."
        },
    )
    base_url = Text(validate=[validate.Length(1, 300), validate.Regexp(r"^https?://[^\s]+$")])
    hosts = fields.List(
        Text(validate=validate.Regexp(r"^(\*\.)?[a-z0-9.-]{1,100}$")),
        validate=validate.Length(max=20),
        metadata={"description": "Where its files lie: `name.example` or `*.example`."},
    )
    enabled = fields.Boolean()


class NewModel(Schema):
    """A model to add, or what changes about one."""

    class Meta:
        unknown = RAISE

    provider = Text(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,31}$"))
    service = fields.Nested(
        NewProvider, metadata={"description": "Required for a provider that is not known yet."}
    )
    id = Text(
        required=True,
        validate=validate.Regexp(r"^[a-z0-9][a-z0-9._-]{0,40}$"),
        metadata={"description": "Its id here is `PROVIDER/ID`."},
    )
    name = Text(
        validate=validate.Length(1, 200), metadata={"description": "The provider's own name of it."}
    )
    title = Text(validate=validate.Length(1, 100))
    aliases = fields.List(Text(validate=validate.Length(1, 80)), validate=validate.Length(max=20))
    takes = fields.List(Text(validate=validate.OneOf(TAKES)))
    durations = fields.List(
        fields.Float(validate=validate.Range(0.5, 600)), validate=validate.Length(max=50)
    )
    any_duration = fields.Boolean()
    ratios = fields.List(
        Text(validate=validate.Regexp(r"^\d{1,4}:\d{1,4}$")), validate=validate.Length(max=20)
    )
    resolutions = fields.List(
        Text(validate=validate.Regexp(r"^\d{1,4}[pk]$")), validate=validate.Length(max=10)
    )
    prompt_limit = WholeNumber(validate=validate.Range(1, 100_000))
    dollars_a_second = fields.Float(validate=validate.Range(0, 100))
    draft_dollars_a_second = fields.Float(allow_none=True, validate=validate.Range(0, 100))
    price_checked = fields.Date()
    quality = WholeNumber(validate=validate.Range(1, 5))
    expected_seconds = fields.Float(validate=validate.Range(1, 86_400))
    a_minute = WholeNumber(
        validate=validate.Range(0, 100_000),
        metadata={"description": "New tasks a minute with one key; 0: no limit is known."},
    )
    at_once = WholeNumber(
        validate=validate.Range(0, 100_000),
        metadata={"description": "Open tasks with one key; 0: no limit is known."},
    )
    licence = Text(validate=validate.Length(max=200))
    commercial_use = fields.Boolean()
    excluded_regions = fields.List(
        Text(validate=validate.Regexp(r"^[A-Z]{2}$")), validate=validate.Length(max=100)
    )
    released_on = fields.Date(allow_none=True)
    deprecated_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    replacement = Text(validate=validate.Length(max=80))
    note = Text(validate=validate.Length(max=300))


class CallsSearch(Schema):
    """Which calls to list."""

    class Meta:
        unknown = RAISE

    state = Text(validate=validate.OneOf(CALL_STATES))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class Resolution(Schema):
    """What an operator has found out about an unknown purchase."""

    class Meta:
        unknown = RAISE

    bought = fields.Boolean(required=True)
    task_id = Text(load_default="", validate=validate.Length(max=400))


class Call(Schema):
    """A call to a provider."""

    id = Text(required=True)
    job_id = Text(required=True)
    provider = Text(required=True)
    model_id = Text(required=True)
    why = Text(required=True)
    state = Text(required=True, validate=validate.OneOf(CALL_STATES))
    attempt = fields.Integer(required=True)
    task_id = Text(required=True)
    key = Text(required=True, metadata={"description": "The label of the key."})
    spent = fields.Boolean(
        required=True, metadata={"description": "Whether it counts as paid for."}
    )
    dollars = fields.Float(required=True)
    told_dollars = fields.Float(
        required=True, allow_none=True, metadata={"description": "As the provider has said."}
    )
    cause = Text(required=True)
    message = Text(required=True)
    prompt = Text(required=True)
    created_at = fields.AwareDateTime(required=True)
    asked_at = fields.AwareDateTime(required=True, allow_none=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class Calls(Schema):
    """Calls to providers, the newest first."""

    calls = fields.List(fields.Nested(Call), required=True)
