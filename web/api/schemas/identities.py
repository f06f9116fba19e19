"""The schemas of sign-ins with other identity providers."""

from __future__ import annotations

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from web.api.schemas.accounts import LoggedIn
from web.api.schemas.passkeys import SignedPasskeyCredential
from web.api.schemas.text import Secret, Text


class Start(Schema):
    """Where to return to."""

    class Meta:
        unknown = EXCLUDE

    next = Text(
        load_default="/",
        validate=validate.Length(0, 500),
        metadata={"description": "A path on this server; anything else leads to `/`."},
    )


class StartProviderSignUp(Start):
    """Where to return to, and an invitation."""

    class Meta:
        unknown = RAISE

    invitation = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "The token of an invitation, for a new account."},
    )


class ProviderSignUpStarted(Schema):
    """The page of the provider."""

    url = Text(required=True)


class Back(Schema):
    """What a provider sends back; other parameters are its own."""

    class Meta:
        unknown = EXCLUDE

    state = Text(required=True, validate=validate.Length(1, 200))
    code = Text(validate=validate.Length(1, 2000))


class SecondFactor(Schema):
    """The second factor of an account."""

    class Meta:
        unknown = RAISE

    code = Secret(
        validate=validate.Length(1, 64),
        metadata={"description": "Of the authenticator app, or a recovery code."},
    )
    passkey = fields.Nested(
        SignedPasskeyCredential,
        metadata={"description": "What a passkey has signed, in place of a code."},
    )


class SignedInBy(LoggedIn):
    """The tokens of a login, and where the sign-in began."""

    next = Text(required=True, metadata={"description": "The page of this server to return to."})
