"""The schema of a start: a job's options, its files and what is agreed about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from tasks.outbound.destinations import LONGEST
from web.api.schemas.clips import Clip, ClipFields
from web.api.schemas.jobs import JobConsent
from web.api.schemas.options import Options
from web.api.schemas.pipelines import WithClips, described
from web.api.schemas.text import Text
from web.images.models import PREFIXES

OWN_VOICE: Final = PREFIXES["voice"]


class Notified(Options):
    """A job whose end may be sent to a webhook of its own."""

    webhook_url = Text(
        validate=validate.Length(1, LONGEST),
        metadata={
            "description": "An `https://` URL that receives the end of this job as a webhook; "
            "only for users with a verified address and their API keys."
        },
    )


class FromLibrary(Notified):
    """A job that may use what its owner keeps."""

    face_image_id = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "A picture of `GET /api/images`, in place of an upload."},
    )
    voice_id = Text(
        validate=validate.Length(1, 64),
        metadata={
            "description": "A voice of `GET /api/voices`: your own recording, which the voice is "
            "matched to, or a built-in voice, as `voice` names it."
        },
    )

    @pre_load
    def _language_of_the_voice(self, data: Any, **more: Any) -> Any:
        return super()._language_of_the_voice(_with_voice(data), **more)


@described
class StartJob(WithClips, FromLibrary, ClipFields):
    """A job to start in a session: a talking video, or with `pipeline: "clip"` a hosted clip."""

    session_id = Text(required=True)
    consent = fields.Nested(
        JobConsent,
        metadata={"description": "Required if the server's `CONSENT` setting is `required`."},
    )
    face_consent_id = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "A consent of `POST /api/consents` for the face."},
    )
    voice_consent_id = Text(
        validate=validate.Length(1, 64), metadata={"description": "The same for the voice."}
    )
    face_upload_id = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "The picture to use; the newest of the session by default."},
    )
    voice_upload_id = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "The recording to use; the newest of the session by default."},
    )
    quote_id = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "A quote of `POST /api/estimate` that is still valid."},
    )

    CLIP_SCHEMA = Clip

    @validates_schema
    def _one_file_each(self, data: Mapping[str, Any], **_: Any) -> None:
        for kept, upload in (("face_image_id", "face_upload_id"), ("voice_id", "voice_upload_id")):
            if kept in data and upload in data:
                raise ValidationError(f"Give either `{kept}` or `{upload}`.", kept)


def is_true(value: Any) -> bool:
    """Return whether a field says yes, as `fields.Boolean` reads it."""
    return isinstance(value, str | int) and value in fields.Boolean.truthy


def _with_voice(data: Any) -> Any:
    """Spell a `voice_id` as the options do."""
    voice = data.get("voice_id") if isinstance(data, Mapping) else None
    if not isinstance(voice, str):
        return data
    if voice.startswith(OWN_VOICE):
        return {"match_voice": not is_true(data.get("use_audio_as_is")), **data}
    rest = {name: value for name, value in data.items() if name != "voice_id"}
    if "voice" in rest:
        raise ValidationError("Give either `voice_id` or `voice`.", "voice_id")
    return {**rest, "voice": {"id": voice}}
