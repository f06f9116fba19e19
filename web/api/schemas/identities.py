"""The schemas of sign-ins with other identity providers."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, validate

from web.api.schemas.text import Text


class Start(Schema):
    """Where to return to."""

    class Meta:
        unknown = EXCLUDE

    next = Text(
        load_default="/",
        validate=validate.Length(0, 500),
        metadata={"description": "A path on this server; anything else leads to `/`."},
    )


class Begin(Start):
    """Where to return to, and an invitation."""

    invitation = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "The token of an invitation, for a new account."},
    )


class Begun(Schema):
    """The page of the provider."""

    url = Text(required=True)


class Back(Schema):
    """What a provider sends back; other parameters are its own."""

    class Meta:
        unknown = EXCLUDE

    state = Text(required=True, validate=validate.Length(1, 200))
    code = Text(validate=validate.Length(1, 2000))
