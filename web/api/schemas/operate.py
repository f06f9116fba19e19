"""Signing operators' browsers in."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from web.api.schemas.text import Text

_SHORT = validate.Length(1, 500)


class Link(Schema):
    """A link that signs one browser in, once."""

    path = Text(
        required=True, metadata={"description": "Behind this server's address; its hash is secret."}
    )
    seconds = fields.Integer(required=True, metadata={"description": "For which it works."})


class Proof(Schema):
    """Either of the two."""

    class Meta:
        unknown = RAISE

    link = Text(validate=_SHORT, metadata={"description": "The code of a link."})
    token = Text(validate=_SHORT, metadata={"description": "The operator token."})

    @validates_schema
    def _is_one(self, sent: dict[str, Any], **_: Any) -> None:
        if len(sent) != 1:
            raise ValidationError("Send either `link` or `token`.", "token")


class SignedIn(Schema):
    """The browser has its cookie."""

    expires_at = fields.DateTime(required=True)
