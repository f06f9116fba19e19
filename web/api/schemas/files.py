"""The schemas of a session's files."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from web.api.schemas.text import Text

KINDS: Final = ("final_output", "video_clip", "audio", "image", "script", "metadata")


class File(Schema):
    """A file that can be downloaded."""

    filename = Text(required=True)
    kind = Text(required=True, validate=validate.OneOf(KINDS))
    bytes = fields.Integer(required=True)
    media_type = Text(required=True)
    created_at = fields.AwareDateTime(required=True)
    job_id = Text(required=True, allow_none=True, metadata={"description": "Null for an upload."})
    url = Text(required=True)


class Listed(File):
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
    outputs = fields.List(fields.Nested(Listed), required=True)


class UploadForm(Schema):
    """A multipart form; the file part may also be named `face_image` or `voice_audio`."""

    session_id = Text(required=True)
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class Uploaded(Schema):
    """An upload that was accepted."""

    session_id = Text(required=True)
    upload_id = Text(required=True)
    kind = Text(required=True, metadata={"description": "`face` or `voice`."})
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
