"""The schemas of a session's files."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from web.api.schemas.text import Text
from web.api.schemas.voices import SuggestedRegister

KINDS: Final = ("final_output", "video_clip", "audio", "image", "script", "metadata")
BINARY: Final = {"type": "string", "format": "binary"}
"""The description of a part of a form that is a file."""


class JobFile(Schema):
    """A file that can be downloaded."""

    filename = Text(required=True)
    kind = Text(required=True, validate=validate.OneOf(KINDS))
    bytes = fields.Integer(required=True)
    media_type = Text(required=True)
    created_at = fields.AwareDateTime(required=True)
    job_id = Text(required=True, allow_none=True, metadata={"description": "Null for an upload."})
    url = Text(required=True)


class OutputFile(JobFile):
    """A file in a session's list."""

    signed_url = Text(
        required=True,
        metadata={
            "description": "For `<video>` and `<img>`: opens this file without the session id, "
            "valid for at least 15 minutes."
        },
    )


class Outputs(Schema):
    """All files of a session, uploads included."""

    session_id = Text(required=True)
    outputs = fields.List(fields.Nested(OutputFile), required=True)


class FaceBox(Schema):
    """A rectangle in pixels of the stored picture."""

    left = fields.Float(required=True)
    top = fields.Float(required=True)
    width = fields.Float(required=True)
    height = fields.Float(required=True)


class FaceQuality(Schema):
    """What was measured of a face."""

    score = fields.Float(required=True, metadata={"description": "The detector's confidence."})
    eyes = fields.Float(
        required=True, metadata={"description": "Pixels between the outer corners of the eyes."}
    )
    height = fields.Integer(
        required=True,
        metadata={"description": "The largest video height at which the face is sharp; 0: none."},
    )
    yaw = fields.Float(required=True, metadata={"description": "Degrees to the side."})
    pitch = fields.Float(required=True, metadata={"description": "Degrees up or down."})
    roll = fields.Float(required=True, metadata={"description": "Degrees of tilt."})
    sharpness = fields.Float(
        required=True, metadata={"description": "Below 0.012 is out of focus."}
    )
    light = fields.Float(required=True, metadata={"description": "Mean brightness, 0 to 1."})


class FaceFound(Schema):
    """A face of an uploaded picture; its place in the list is its `face_index`."""

    box = fields.Nested(FaceBox, required=True)
    usable = fields.Boolean(required=True)
    error_code = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The error with which a job would fail."},
    )
    reason = Text(required=True, allow_none=True)
    quality = fields.Nested(FaceQuality, required=True)
    suggested_voice = fields.Nested(
        SuggestedRegister,
        required=True,
        allow_none=True,
        metadata={
            "description": "The kind of voice that a start without `voice` takes; null if none "
            "is suggested."
        },
    )


class FaceCrop(Schema):
    """What a video of this aspect ratio would show."""

    face_index = fields.Integer(required=True)
    aspect_ratio = Text(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    notes = fields.List(
        Text(),
        required=True,
        metadata={
            "description": "How it differs from the picture: `extended`, "
            "`straightened` or `upside_down`."
        },
    )
    url = Text(required=True)
    signed_url = Text(required=True)


class FileWarning(Schema):
    """Something that is not ideal."""

    code = Text(required=True)
    message = Text(required=True)


class SoundQuality(Schema):
    """What was measured of a recording."""

    seconds = fields.Float(required=True)
    speech_seconds = fields.Float(required=True)
    level_db = fields.Float(required=True, metadata={"description": "Level of the speech, dBFS."})
    noise_db = fields.Float(
        required=True, metadata={"description": "How far the noise is below the speech."}
    )
    clipping = fields.Float(required=True, metadata={"description": "Share of clipped samples."})
    language = Text(required=True, metadata={"description": "A guess; empty: unknown."})


class Examination(Schema):
    """The verdict on an upload; `state` alone while there is none."""

    state = Text(
        required=True,
        validate=validate.OneOf(("pending", "done", "unavailable")),
        metadata={
            "description": "`pending`: the verdict follows as `upload_examined`. `unavailable`: "
            "no worker has examined the file, and a job may try it."
        },
    )
    usable = fields.Boolean(metadata={"description": "Whether a job can use it as it is."})
    error_code = Text(allow_none=True)
    reason = Text(allow_none=True)
    face_index = fields.Integer(
        allow_none=True, metadata={"description": "The face that a job uses if it names none."}
    )
    width = fields.Integer(allow_none=True, metadata={"description": "Of the stored picture."})
    height = fields.Integer(allow_none=True)
    warnings = fields.List(fields.Nested(FileWarning))
    crops = fields.List(fields.Nested(FaceCrop))
    sound = fields.Nested(SoundQuality, allow_none=True)


class UploadedFile(Schema):
    """An upload that was accepted."""

    session_id = Text(required=True)
    upload_id = Text(required=True)
    kind = Text(required=True, metadata={"description": "`face`, `voice` or `sample`."})
    filename = Text(required=True)
    original_name = Text(required=True)
    title = Text(
        required=True,
        metadata={"description": "What its owner calls it; at first the name of the file."},
    )
    bytes = fields.Integer(required=True)
    media_type = Text(required=True)
    sha256 = Text(required=True)
    created_at = fields.AwareDateTime(required=True)
    url = Text(required=True)
    preview_url = Text(
        required=True, metadata={"description": "A thumbnail or a waveform picture."}
    )
    scanned = fields.Boolean(
        required=True, metadata={"description": "Whether the virus scanner has passed it."}
    )
    examination = fields.Nested(Examination, required=True)
    faces = fields.List(
        fields.Nested(FaceFound),
        required=True,
        metadata={"description": "The faces of a picture, the largest first."},
    )


class UploadState(Schema):
    """The state of a resumable upload."""

    session_id = Text(required=True)
    kind = Text(required=True, validate=validate.OneOf(("face", "voice")))
    offset = fields.Integer(required=True, metadata={"description": "Bytes received so far."})
    length = fields.Integer(required=True)
    upload_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Set once the file was validated and stored."},
    )
