"""Notices to users by mail."""

from __future__ import annotations

from sqlalchemy.orm import Session

from web.accounts import verification
from web.accounts.models import User
from web.notifications import outbox
from web.notifications.kinds import Kind
from web.notifications.mail import Mail
from web.services import Services


def notify(
    db: Session,
    services: Services,
    user_id: str,
    subject: str,
    text: str,
    *,
    kind: Kind = "account",
    once: str | None = None,
) -> bool:
    """Queue a mail to a user in the caller's transaction; return whether it will be sent.

    Nothing is sent to an address that must be verified and is not. `once` names a mail of which
    only one is ever queued.
    """
    user = db.get(User, user_id)
    if user is None or not verification.is_verified(services.settings, user.verified_at):
        return False
    return outbox.add(db, services, Mail(user.email, subject, text, kind, user_id, once))
