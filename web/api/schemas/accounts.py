"""The schemas of accounts."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from web.accounts import emails, password_rules
from web.accounts.models import PLANS, ROLES
from web.api.schemas.passkeys import SignedPasskeyCredential
from web.api.schemas.text import Secret, Text


class Email(Text):
    """A mail address, normalised."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return emails.normalised(text.strip(" "))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Password(Secret):
    """A password that a user chooses."""

    def __init__(self, **kwargs: Any) -> None:
        limits = {
            "minLength": password_rules.SHORTEST,
            "maxLength": password_rules.LONGEST,
        }
        super().__init__(metadata=limits | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        password: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            password_rules.require_good(password)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return password


class RegisterAccount(Schema):
    """A request to create an account."""

    class Meta:
        unknown = RAISE

    email = Email(required=True)
    password = Password(required=True)
    invitation = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "The token of an invitation."},
    )


class AccountRegistered(Schema):
    """The answer to a registration, the same whether or not the address has an account."""

    email = Text(required=True)
    verification = Text(
        required=True,
        validate=validate.OneOf(("off", "sent")),
        metadata={"description": "`sent`: a link was sent to the address."},
    )


class PasswordSignIn(Schema):
    """A mail address and a password."""

    class Meta:
        unknown = RAISE

    email = Email(required=True)
    password = Secret(required=True, validate=validate.Length(1, 1024))
    code = Secret(
        validate=validate.Length(1, 64),
        metadata={"description": "Of the authenticator app, or a recovery code."},
    )
    passkey = fields.Nested(
        SignedPasskeyCredential,
        metadata={"description": "What a passkey has signed, in place of a code."},
    )


class RefreshRequest(Schema):
    """A refresh token of a client that is not a browser."""

    class Meta:
        unknown = RAISE

    refresh_token = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "Only for clients without the cookie."},
    )


class Account(Schema):
    """An account, as its owner sees it."""

    user_id = Text(required=True)
    email = Text(required=True)
    role = Text(required=True, validate=validate.OneOf(ROLES))
    plan = Text(required=True, validate=validate.OneOf(PLANS))
    org_id = Text(required=True, metadata={"description": "The personal organisation."})
    verified = fields.Boolean(
        required=True, metadata={"description": "Whether the mail address is verified."}
    )
    has_password = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class PlanUsage(Schema):
    """What an account uses."""

    jobs = fields.Integer(required=True, metadata={"description": "Jobs under way."})
    storage_bytes = fields.Integer(required=True)
    api_keys = fields.Integer(required=True)


class PlanLimits(PlanUsage):
    """What the plan of an account allows."""

    requests_a_minute = fields.Integer(required=True)


class OwnAccount(Account):
    """The account that is signed in."""

    limits = fields.Nested(PlanLimits, required=True)
    usage = fields.Nested(PlanUsage, required=True)


class LoggedIn(Schema):
    """The tokens of a login."""

    access_token = Text(required=True)
    token_type = Text(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    refresh_token = Text(
        metadata={"description": "Not for pages of this server: they get a cookie instead."}
    )
    user = fields.Nested(Account, required=True)


class OneTimeToken(Schema):
    """The token of a link in a mail."""

    class Meta:
        unknown = RAISE

    token = Text(required=True, validate=validate.Length(1, 200))


class RequestPasswordReset(Schema):
    """A request for a link to choose a new password."""

    class Meta:
        unknown = RAISE

    email = Email(required=True)


class ResetPassword(OneTimeToken):
    """A new password, with the token of a link."""

    password = Password(required=True)


class ChangePassword(Schema):
    """A new password, with the current one."""

    class Meta:
        unknown = RAISE

    current_password = Secret(required=True, validate=validate.Length(1, 1024))
    password = Password(required=True)


class ChangeAccount(Schema):
    """A new mail address, with the current password."""

    class Meta:
        unknown = RAISE

    email = Email(required=True)
    current_password = Secret(required=True, validate=validate.Length(1, 1024))


class ConfirmDeletion(Schema):
    """The password of an account that is to be deleted."""

    class Meta:
        unknown = RAISE

    current_password = Secret(
        validate=validate.Length(1, 1024),
        metadata={"description": "Required for accounts with a password."},
    )


class OpenLogin(Schema):
    """A login that has not ended."""

    id = Text(required=True)
    device = Text(required=True, metadata={"description": "Browser and system."})
    created_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    current = fields.Boolean(
        required=True, metadata={"description": "Whether it is the login of this request."}
    )


class OpenLogins(Schema):
    """The logins of an account."""

    sessions = fields.List(fields.Nested(OpenLogin), required=True)
