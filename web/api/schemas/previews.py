"""The schemas of a scene that is heard before its job starts."""

from __future__ import annotations

from typing import Final

from marshmallow import RAISE, Schema, fields, validate

from tasks.domain.job import MODES, QUALITIES
from web.api.schemas.options import AUTO, LANGUAGE, VoiceChoice, speakable
from web.api.schemas.text import Text

LONGEST_SCENE: Final = 1_000


class PreviewScene(Schema):
    """A scene to hear, with what decides how it sounds."""

    class Meta:
        unknown = RAISE

    session_id = Text(required=True)
    text = Text(
        required=True,
        validate=[validate.Length(1, LONGEST_SCENE), speakable],
        metadata={"description": "What is said; of a long text, the first scene is spoken."},
    )
    language = Text(
        load_default=AUTO,
        validate=LANGUAGE,
        metadata={"description": "As in a start."},
    )
    voice = fields.Nested(VoiceChoice, load_default=dict)
    quality = Text(validate=validate.OneOf(QUALITIES), metadata={"description": "As in a start."})
    mode = Text(validate=validate.OneOf(MODES))
    match_voice = fields.Boolean(
        load_default=False,
        metadata={"description": "Match the voice to the newest recording of the session."},
    )


class ScenePreview(Schema):
    """A scene that is being spoken."""

    preview_id = Text(required=True)
    url = Text(
        required=True,
        metadata={"description": "Answers 200 with the sound, or 202 while it is being made."},
    )
