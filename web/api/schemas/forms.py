"""A start as one multipart form, whose fields are all text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, pre_load, validate

from tasks.domain import strict_json
from web.api.schemas.jobs import Consent
from web.api.schemas.options import Options
from web.api.schemas.text import Text

GREETING: Final = (
    "Hello! It is good to see you here. "
    "This greeting is spoken because no script was sent along; yours comes next."
)


class OneCall(Options):
    """A user, the job's options and, beside them, the files."""

    consent = fields.Nested(Consent)
    user_id = Text(required=True, validate=validate.Length(1, 200))

    @pre_load
    def _from_text(self, data: Mapping[str, str], **_: Any) -> dict[str, Any]:
        """Numbers, switches and lists arrive as text; fields that were left empty, not at all."""
        sent = {name: self._typed(name, text) for name, text in data.items() if text.strip()}
        # `use_audio_as_is` may be sent as false: then there is nothing to say either.
        silent = str(sent.get("use_audio_as_is", "")).lower() not in ("true", "1", "on", "yes")
        if silent and not {"script", "topic"} & set(sent):
            sent["script"] = GREETING
        return sent

    def _typed(self, name: str, text: str) -> Any:
        if not isinstance(self.fields.get(name), fields.Integer | fields.Dict | fields.Nested):
            return text
        try:
            return strict_json.loads(text)
        except strict_json.InvalidJson:
            raise ValidationError({name: ["Not valid here."]}) from None
