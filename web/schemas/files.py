"""Files of a session."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

KINDS: Final = ("final_output", "video_clip", "audio", "image", "script", "metadata")


class File(Schema):
    """A file that can be downloaded."""

    filename = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    bytes = fields.Integer(required=True)
    media_type = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    job_id = fields.String(
        required=True, allow_none=True, metadata={"description": "None for an upload."}
    )
    url = fields.String(required=True)


class Outputs(Schema):
    """All files of a session, uploads included."""

    session_id = fields.String(required=True)
    outputs = fields.List(fields.Nested(File), required=True)


class UploadForm(Schema):
    """A multipart form; the file may also be called `face_image` or `voice_audio`."""

    session_id = fields.String(required=True)
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class Uploaded(Schema):
    """An upload that was accepted."""

    session_id = fields.String(required=True)
    upload_id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "`face` or `voice`."})
    filename = fields.String(required=True)
    original_name = fields.String(required=True)
    bytes = fields.Integer(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    url = fields.String(required=True)
    preview_url = fields.String(
        required=True, metadata={"description": "A thumbnail, or a picture of the wave."}
    )
    scanned = fields.Boolean(
        required=True, metadata={"description": "Whether the virus scanner has said OK."}
    )


class UploadState(Schema):
    """An upload that comes in pieces."""

    session_id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("face", "voice")))
    offset = fields.Integer(required=True, metadata={"description": "Bytes that have arrived."})
    length = fields.Integer(required=True)
    upload_id = fields.String(
        required=True, allow_none=True, metadata={"description": "Set once it was taken."}
    )
