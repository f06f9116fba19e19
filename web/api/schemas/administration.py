"""The schemas of what administrators do."""

from __future__ import annotations

from typing import Final

from marshmallow import RAISE, Schema, fields, validate

from web.accounts.models import PLANS, ROLES
from web.api.schemas.accounts import Account, Email
from web.api.schemas.text import Text

MOST: Final = 200
_ROLE: Final = validate.OneOf(ROLES)
_PLAN: Final = validate.OneOf(PLANS)
_SHORT: Final = validate.Length(1, 200)


class _Page(Schema):
    """Which page of a list is read."""

    class Meta:
        unknown = RAISE

    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))
    cursor = Text(validate=validate.Length(1, 500))


class InvitationSearch(_Page):
    """A page of the invitations."""


class UserSearch(_Page):
    """Which users are listed."""

    q = Text(validate=_SHORT, metadata={"description": "The beginning of the address."})
    role = Text(validate=_ROLE)
    plan = Text(validate=_PLAN)
    suspended = fields.Boolean()


class ManagedUser(Account):
    """An account, as administrators see it."""

    suspended = fields.Boolean(required=True)


class Users(Schema):
    """A page of users, newest first."""

    users = fields.List(fields.Nested(ManagedUser), required=True)
    next_cursor = Text(required=True, allow_none=True)


class ChangeUser(Schema):
    """A new role, a new plan, or both."""

    class Meta:
        unknown = RAISE

    role = Text(validate=_ROLE)
    plan = Text(validate=_PLAN)


class UserSuspended(ManagedUser):
    """A suspended user, and how many jobs are cancelled."""

    cancelled_jobs = fields.Integer(required=True)


class CreateInvitation(Schema):
    """A new invitation."""

    class Meta:
        unknown = RAISE

    email = Email(metadata={"description": "The only address that may use it. Default: any."})
    role = Text(load_default="user", validate=_ROLE)


class Invitation(Schema):
    """An invitation; its token is shown once."""

    id = Text(required=True)
    email = Text(required=True, allow_none=True)
    role = Text(required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    used_at = fields.AwareDateTime(required=True, allow_none=True)
    used_by = Text(required=True, allow_none=True)


class InvitationCreated(Invitation):
    """An invitation with its token."""

    token = Text(required=True)
    link = Text(required=True)
    sent = fields.Boolean(
        required=True, metadata={"description": "Whether it is sent to the address."}
    )


class Invitations(Schema):
    """A page of invitations, newest first."""

    invitations = fields.List(fields.Nested(Invitation), required=True)
    next_cursor = Text(required=True, allow_none=True)


class AuditSearch(Schema):
    """Which entries of the audit log are read."""

    class Meta:
        unknown = RAISE

    actor = Text(validate=_SHORT, metadata={"description": "Such as `user:usr_...`."})
    action = Text(validate=_SHORT, metadata={"description": "Such as `user.suspended`."})
    target = Text(validate=_SHORT)
    before = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 2**62),
        metadata={"description": "Only entries with a smaller `id`: the next page."},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MOST))


class AuditEntry(Schema):
    """Who did what to what, and from where."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    actor = Text(required=True)
    action = Text(required=True)
    target = Text(required=True)
    address = Text(required=True)
    request_id = Text(required=True)
    details = fields.Dict(required=True)


class AuditPage(Schema):
    """A page of the audit log, newest first."""

    entries = fields.List(fields.Nested(AuditEntry), required=True)
