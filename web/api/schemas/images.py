"""The schemas of the library's pictures and recordings."""

from __future__ import annotations

from typing import Any

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from web.api.schemas.files import Examination, FaceFound
from web.api.schemas.library import MOST, ChangeTitle
from web.api.schemas.text import Text
from web.api.trimming import LATEST
from web.images.models import STATES
from web.sessions.models import TITLE_LENGTH
from web.uploads.candidate import Trim
from web.uploads.recordings import SHORTEST_SECONDS

SOURCES = ("own", "built_in")
ID = validate.Length(1, 64)


class KeepUpload(Schema):
    """An upload to keep: a finished resumable one, or any other."""

    class Meta:
        unknown = RAISE

    upload_id = Text(
        required=True,
        validate=ID,
        metadata={"description": "`upload_id` of an upload, or `Upload-Id` of a resumable one."},
    )
    name = Text(validate=validate.Length(1, TITLE_LENGTH))


class _HasPart(Schema):
    """Which part of a recording is kept."""

    start = fields.Float(
        validate=validate.Range(0, LATEST),
        metadata={"description": "Keep the recording from this second on."},
    )
    end = fields.Float(
        validate=validate.Range(0, LATEST),
        metadata={"description": "Keep the recording up to this second."},
    )

    @post_load
    def _with_part(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        start, end = sent.pop("start", 0.0), sent.pop("end", None)
        if end is not None and end - start < SHORTEST_SECONDS:
            raise ValidationError(
                f"Must be {SHORTEST_SECONDS} seconds after `start`, or more.", "end"
            )
        return {**sent, "part": Trim(start, end)}


class KeepRecording(KeepUpload, _HasPart):
    """An uploaded recording to keep, or a part of it."""


class RenameItem(Schema):
    """A new name."""

    class Meta:
        unknown = RAISE

    name = Text(required=True, validate=ChangeTitle().fields["title"].validate)


class ChangeRecording(RenameItem, _HasPart):
    """A new name, the part to keep, or both."""

    OPENAPI = {"minProperties": 1}  # noqa: RUF012

    name = Text(validate=ChangeTitle().fields["title"].validate)

    @validates_schema
    def _has_change(self, sent: dict[str, Any], **_: Any) -> None:
        if not sent:
            raise ValidationError("Send a name, or the part to keep.", "name")


class _Search(Schema):
    """What the lists of pictures and voices have in common."""

    class Meta:
        unknown = RAISE

    public = fields.Boolean(metadata={"description": "Only those with a public address, or not."})
    created_after = fields.AwareDateTime(metadata={"description": "At or after this time."})
    created_before = fields.AwareDateTime(metadata={"description": "Before this time."})
    q = Text(
        validate=validate.Length(1, TITLE_LENGTH),
        metadata={"description": "Words in the name; upper and lower case are equal."},
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


class ImageSearch(_Search):
    """Which pictures are listed."""

    moderation = Text(validate=validate.OneOf(STATES))
    similar_to = Text(
        validate=ID,
        metadata={"description": "The id of a picture: list its near-duplicates only."},
    )


class VoiceSearch(_Search):
    """Which voices are listed."""

    source = Text(
        validate=validate.OneOf(SOURCES),
        metadata={"description": "`own` recordings or `built_in` voices; both by default."},
    )
    language = Text(
        validate=validate.Length(2, 12),
        metadata={
            "description": "Only built-in voices of this language, such as `en`. Recordings have "
            "none and are listed with every language."
        },
    )


def _link(what: str) -> fields.Field[Any]:
    return Text(
        required=True,
        metadata={"description": f"Opens the {what} without credentials for at least 15 minutes."},
    )


class _Item(Schema):
    """A file that an owner keeps."""

    id = Text(required=True)
    name = Text(required=True)
    original_name = Text(required=True)
    bytes = fields.Integer(required=True)
    media_type = Text(required=True)
    sha256 = Text(required=True, metadata={"description": "Of the stored copy."})
    scanned = fields.Boolean(
        required=True, metadata={"description": "Whether the virus scanner has passed it."}
    )
    public_id = Text(required=True, allow_none=True)
    public_url = Text(
        required=True, allow_none=True, metadata={"description": "Anyone may open it; or null."}
    )
    created_at = fields.AwareDateTime(required=True)
    used_at = fields.AwareDateTime(
        required=True, metadata={"description": "When a job used it last, or when it was added."}
    )
    content_url = Text(required=True)
    thumbnail_url = Text(required=True)
    signed_url = _link("file")
    signed_thumbnail_url = _link("thumbnail")


class Image(_Item):
    """A picture of a library."""

    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    exif = fields.Dict(
        required=True,
        metadata={
            "description": "Camera, lens, exposure and time of the sent picture. The place and "
            "everything else was dropped, and the stored copy has no EXIF at all."
        },
    )
    moderation = Text(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={
            "description": "`pending` until it is checked; `flagged` waits for an operator; "
            "`rejected` starts no job; only an `approved` picture can be public."
        },
    )
    moderation_reason = Text(
        required=True, metadata={"description": "Why it was rejected; empty otherwise."}
    )
    appealed_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When its one appeal was made."}
    )
    examination = fields.Nested(Examination, required=True)
    faces = fields.List(
        fields.Nested(FaceFound),
        required=True,
        metadata={"description": "The faces of the picture, the largest first."},
    )


class AppealImage(Schema):
    """Why a rejected picture is allowed after all."""

    class Meta:
        unknown = RAISE

    text = Text(required=True, validate=validate.Length(1, 1000))


class Images(Schema):
    """One page of pictures, newest first."""

    images = fields.List(fields.Nested(Image), required=True)
    next_cursor = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `cursor` for the next page; null on the last one."},
    )


class LibraryVoice(Schema):
    """A voice for `voice_id` of a start: an own recording, or a built-in voice.

    Which of the further fields it has depends on its `source`.
    """

    id = Text(required=True)
    name = Text(required=True)
    source = Text(required=True, validate=validate.OneOf(SOURCES))
    language = Text(
        required=True,
        allow_none=True,
        metadata={"description": "A tag such as `en-GB`; for a recording a guess, or null."},
    )
    engine = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Null for a recording, which any voice can be matched to."},
    )
    licence = Text(required=True, allow_none=True)
    sample_url = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Opens a sample without credentials; null where there is none."},
    )
    gender = Text(allow_none=True)
    style = Text()
    default = fields.Boolean(
        metadata={"description": "Whether a job in this language gets it without asking."}
    )
    original_name = Text()
    bytes = fields.Integer()
    media_type = Text()
    sha256 = Text()
    scanned = fields.Boolean()
    seconds = fields.Float(allow_none=True)
    public_id = Text(allow_none=True)
    public_url = Text(allow_none=True)
    created_at = fields.AwareDateTime()
    used_at = fields.AwareDateTime()
    content_url = Text()
    thumbnail_url = Text(metadata={"description": "A picture of the waveform."})
    signed_url = Text()
    signed_thumbnail_url = Text()
    examination = fields.Nested(Examination)


class LibraryVoices(Schema):
    """One page of voices: own recordings, newest first, and after the last of them the built-in."""

    voices = fields.List(fields.Nested(LibraryVoice), required=True)
    next_cursor = Text(required=True, allow_none=True)


class ItemLink(Schema):
    """A link to one file of one owner, for `GET` and `HEAD` only."""

    url = Text(required=True)
    expires_at = fields.AwareDateTime(required=True)
