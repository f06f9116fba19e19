"""The schemas of passkeys and of connected identities."""
# ruff: noqa: N815  the names are WebAuthn's

from __future__ import annotations

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from web.api.schemas.text import Secret, Text

_BASE64URL = validate.Regexp(r"\A[A-Za-z0-9_-]+=*\Z", error="Not base64url.")
_SMALL = (validate.Length(1, 4096), _BASE64URL)


class AccountProof(Schema):
    """What protects the ways to sign in to an account."""

    class Meta:
        unknown = RAISE

    current_password = Secret(
        validate=validate.Length(1, 1024),
        metadata={"description": "Required for accounts with a password."},
    )
    code = Secret(
        validate=validate.Length(1, 64),
        metadata={"description": "Required for accounts with an authenticator app."},
    )


class PasskeyAttestation(Schema):
    """The response of an authenticator that has created a passkey."""

    class Meta:
        unknown = EXCLUDE

    clientDataJSON = Text(required=True, validate=_SMALL)
    attestationObject = Text(required=True, validate=(validate.Length(1, 16384), _BASE64URL))
    transports = fields.List(Text(validate=validate.Length(1, 40)), validate=validate.Length(0, 10))


class PasskeyAssertion(Schema):
    """The response of an authenticator that has signed a challenge."""

    class Meta:
        unknown = EXCLUDE

    clientDataJSON = Text(required=True, validate=_SMALL)
    authenticatorData = Text(required=True, validate=_SMALL)
    signature = Text(required=True, validate=_SMALL)
    userHandle = Text(allow_none=True, validate=validate.Length(0, 128))


class _Credential(Schema):
    class Meta:
        unknown = EXCLUDE

    id = Text(required=True, validate=(validate.Length(1, 1400), _BASE64URL))
    rawId = Text(required=True, validate=(validate.Length(1, 1400), _BASE64URL))
    type = Text(required=True, validate=validate.Equal("public-key"))


class CreatedPasskeyCredential(_Credential):
    """What `navigator.credentials.create()` returned, by `toJSON()`."""

    response = fields.Nested(PasskeyAttestation, required=True)


class SignedPasskeyCredential(_Credential):
    """What `navigator.credentials.get()` returned, by `toJSON()`."""

    response = fields.Nested(PasskeyAssertion, required=True)


class AddPasskey(Schema):
    """A passkey to add."""

    class Meta:
        unknown = RAISE

    name = Text(
        validate=validate.Length(1, 100),
        metadata={"description": "What its owner calls it; browser and system by default."},
    )
    credential = fields.Nested(CreatedPasskeyCredential, required=True)


class RenamePasskey(Schema):
    """A new name of a passkey."""

    class Meta:
        unknown = RAISE

    name = Text(required=True, validate=validate.Length(1, 100))


class PasskeySignIn(Schema):
    """A passkey's signature."""

    class Meta:
        unknown = RAISE

    credential = fields.Nested(SignedPasskeyCredential, required=True)


class PasskeyOptions(Schema):
    """PasskeyOptions for the browser's `PublicKeyCredential.parse...OptionsFromJSON()`."""

    public_key = fields.Dict(required=True)


class OnePasskey(Schema):
    """A passkey, as its owner sees it."""

    id = Text(required=True)
    name = Text(required=True)
    synced = fields.Boolean(
        required=True, metadata={"description": "Whether several devices may have it."}
    )
    created_at = fields.AwareDateTime(required=True)
    last_used_at = fields.AwareDateTime(required=True, allow_none=True)
    suspected = fields.Boolean(
        required=True,
        metadata={"description": "Whether there may be a copy of it; it is not accepted then."},
    )


class Passkeys(Schema):
    """The passkeys of an account."""

    passkeys = fields.List(fields.Nested(OnePasskey), required=True)


class AddedPasskey(Schema):
    """A new passkey."""

    passkey = fields.Nested(OnePasskey, required=True)
    recovery_codes = fields.List(
        Text(),
        required=True,
        metadata={"description": "Shown once, with the first second factor; else empty."},
    )


class OneIdentity(Schema):
    """A sign-in with another provider."""

    id = Text(required=True)
    provider = Text(
        required=True,
        metadata={"description": "`google`, `github` or `oidc`; empty if it is not set up now."},
    )
    issuer = Text(required=True)
    since = fields.AwareDateTime(required=True)


class Identities(Schema):
    """The connected sign-ins of an account."""

    identities = fields.List(fields.Nested(OneIdentity), required=True)
