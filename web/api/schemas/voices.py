"""The schemas of the voices route."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from tasks.domain.voices import REGISTERS
from web.api.schemas.text import Text


class VoiceFacts(Schema):
    """A voice that a live worker has."""

    id = Text(required=True, metadata={"description": 'For `"voice": {"id": ...}` of a start.'})
    name = Text(required=True)
    language = Text(required=True, metadata={"description": "A tag such as `en-GB`."})
    gender = Text(
        required=True,
        allow_none=True,
        metadata={"description": "`female`, `male`, or null for a voice that is neither."},
    )
    style = Text(required=True, metadata={"description": "How it sounds, in a word."})
    engine = Text(required=True)
    licence = Text(required=True)
    default = fields.Boolean(
        required=True,
        metadata={"description": "Whether a job in this language gets it without asking."},
    )
    suggested_for = Text(
        required=True,
        allow_none=True,
        validate=validate.OneOf(REGISTERS),
        metadata={
            "description": "The kind of voice (`suggested_voice` of a face) for which a job in "
            "this language gets it without asking; null for other voices."
        },
    )
    sample_url = Text(
        required=True,
        allow_none=True,
        metadata={"description": "A few seconds to hear, as MP3; null where there are none."},
    )


class Voices(Schema):
    """The voices that a job may name now."""

    voices = fields.List(fields.Nested(VoiceFacts), required=True)


class SuggestedRegister(Schema):
    """A kind of voice that is often chosen for such a picture; it says nothing about a person."""

    register = Text(
        required=True,
        validate=validate.OneOf(REGISTERS),
        metadata={"description": "As `suggested_for` of `GET /voices` names it."},
    )
    reason = Text(required=True)


class SuggestedVoice(SuggestedRegister):
    """The voice that a job has by the suggestion for its picture."""

    id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "An id of `GET /voices`; null if no worker is there to tell."},
    )
