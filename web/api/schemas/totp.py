"""The schemas of second factors."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.accounts import recovery_codes
from web.api.schemas.passkeys import AccountProof
from web.api.schemas.text import Secret, Text


class TotpState(Schema):
    """The second factor of an account."""

    active = fields.Boolean(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    recovery_codes_left = fields.Integer(required=True)


class TotpCode(Schema):
    """A code of the authenticator app."""

    class Meta:
        unknown = RAISE

    code = Secret(required=True, validate=validate.Length(1, 64))


class AccountCode(AccountProof):
    """What protects the ways to sign in to an account, with a code."""

    code = Secret(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "Of the authenticator app, or a recovery code."},
    )


class TotpSecret(Schema):
    """A secret for an authenticator app, shown once."""

    secret = Text(required=True, metadata={"description": "Base32, to type in by hand."})
    uri = Text(required=True, metadata={"description": "`otpauth://`, to show as a QR code."})


class RecoveryCodes(Schema):
    """Recovery codes, shown once."""

    recovery_codes = fields.List(
        Text(), required=True, validate=validate.Length(equal=recovery_codes.COUNT)
    )
