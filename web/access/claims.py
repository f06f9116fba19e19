"""Check the `user_id` that a request claims in its body."""

from __future__ import annotations

from tasks.domain.errors import ValidationFailed
from web.accounts.errors import UserMismatch
from web.http.authentication import authenticated
from web.services import current_services


def require_own(user_id: str) -> str:
    """Return a claimed `user_id`; with `AUTH=required` it must be that of the caller's account.

    Operators, and keys that belong to no account, name the users of their own front end.
    """
    mine, auth = authenticated().user_id, current_services().settings.accounts.auth
    if auth == "required" and mine is not None and user_id != mine:
        raise UserMismatch
    return user_id


def require_user_id(user_id: str | None) -> str:
    """Return a claimed `user_id`, or that of the caller's account if the request claims none."""
    known = user_id or authenticated().user_id
    if known is None:
        message = "Missing data for required field."
        raise ValidationFailed(errors=[{"field": "user_id", "message": message}])
    return require_own(known)
