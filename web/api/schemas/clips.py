"""The schema of a clip: a job that one hosted video model does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from tasks.domain.voices import VOICES
from web.api.schemas.labels import is_labelled
from web.api.schemas.numbers import WholeNumber
from web.api.schemas.text import Text
from web.providers.routing import ROUTINGS

LONGEST_PROMPT: Final = 5000
LONGEST_SPEECH: Final = 1000
RATIOS: Final = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
RESOLUTIONS: Final = ("360p", "480p", "720p", "1080p", "4k")
_ONLY: Final = ' Only with `pipeline: "clip"`.'


class ClipFields(Schema):
    """What a start with `pipeline: "clip"` says of the clip."""

    prompt = Text(
        validate=validate.Length(1, LONGEST_PROMPT),
        metadata={"description": "What the clip shows." + _ONLY},
    )
    negative_prompt = Text(
        validate=validate.Length(max=1000),
        metadata={"description": "What it must not show, where the model takes that." + _ONLY},
    )
    duration = fields.Float(
        validate=validate.Range(1, 60),
        metadata={"description": "Seconds; the model's next longer clip is made." + _ONLY},
    )
    ratio = Text(
        validate=validate.OneOf(RATIOS),
        metadata={"description": "Width to height." + _ONLY},
    )
    resolution = Text(
        validate=validate.OneOf(RESOLUTIONS),
        metadata={"description": "The model's own default if it is left out." + _ONLY},
    )
    audio = fields.Boolean(metadata={"description": "Ask for sound." + _ONLY})
    first_frame = Text(
        validate=validate.Length(1, 64),
        metadata={
            "description": "The `upload_id` of a picture, or a picture of `GET /api/images`, that "
            "the clip begins with." + _ONLY
        },
    )
    speech = Text(
        validate=validate.Length(1, LONGEST_SPEECH),
        metadata={
            "description": "What the person in `first_frame` says to the camera, by a model that "
            "takes `speech`; the clip is as long as that takes, or longer." + _ONLY
        },
    )
    speech_language = Text(
        validate=validate.Regexp(r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$"),
        metadata={"description": "The language of `speech`; English if it is left out." + _ONLY},
    )
    speech_voice = Text(
        validate=validate.OneOf(tuple(VOICES)),
        metadata={"description": "A voice of `GET /api/voices`, by its id." + _ONLY},
    )
    last_frame = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "The same for its end." + _ONLY},
    )
    model = Text(
        validate=validate.Length(1, 80),
        metadata={"description": "A model of `GET /api/models`, by id or name." + _ONLY},
    )
    routing = Text(
        validate=validate.OneOf(ROUTINGS),
        metadata={"description": "How to choose a model if none is named." + _ONLY},
    )
    allow_replacement = fields.Boolean(
        metadata={"description": "Take the replacement of a closed model." + _ONLY}
    )
    draft = fields.Boolean(
        metadata={"description": "Make a draft in 360p first; see `from_draft`." + _ONLY}
    )
    from_draft = Text(
        validate=validate.Length(1, 64),
        metadata={
            "description": "The job of a draft that you approve: the clip is made at its full "
            "price, and what it shows comes from the draft." + _ONLY
        },
    )


CLIP_FIELDS: Final = tuple(ClipFields._declared_fields)
OF_A_DRAFT: Final = {
    "pipeline",
    "session_id",
    "from_draft",
    "resolution",
    "quote_id",
    "webhook_url",
}


class EstimateClip(ClipFields):
    """A clip to estimate."""

    class Meta:
        unknown = RAISE

    pipeline = Text(required=True, validate=validate.Equal("clip"))
    session_id = Text()
    prompt = Text(load_default="", validate=validate.Length(1, LONGEST_PROMPT))
    duration = fields.Float(load_default=5.0, validate=validate.Range(1, 60))
    ratio = Text(load_default="16:9", validate=validate.OneOf(RATIOS))
    routing = Text(load_default="balanced", validate=validate.OneOf(ROUTINGS))
    seed = WholeNumber(allow_none=True, load_default=None, validate=validate.Range(0, 2**31 - 1))
    label = fields.Boolean()

    @post_load
    def _label(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"label": is_labelled(data.get("label"))}

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _shows_something(
        self, data: Mapping[str, Any], original: Mapping[str, Any], **_: Any
    ) -> None:
        if data.get("from_draft"):
            for name in original.keys() - OF_A_DRAFT:
                raise ValidationError("It comes from the draft.", name)
        elif not data["prompt"].strip():  # some providers bill an empty prompt
            raise ValidationError("Empty.", "prompt")


class Clip(EstimateClip):
    """A clip to start in a session."""

    session_id = Text(required=True)
    quote_id = Text(validate=validate.Length(1, 64))
    webhook_url = Text(validate=validate.Length(1, 2000))
