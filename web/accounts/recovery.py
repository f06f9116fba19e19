"""Change passwords: with the current one, or with a link that was sent by mail."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from web.accounts import logins, one_time, passwords, registration
from web.accounts.links import link
from web.accounts.models import User, owner_of
from web.accounts.notices import notify
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import LoginFailed
from web.notifications import outbox
from web.notifications.mail import Mail
from web.services import Services

_CHANGED: Final = (
    "Your password was changed",
    "The password of your account was changed, and other devices were signed out.\n\n"
    "If it was not you, choose a new password with “Forgot your password?” on the sign-in page.",
)


def request_link(actor: Actor, email: str) -> None:
    """Queue the mail with a link to choose a new password, also for an unknown address."""
    with writing() as db:
        outbox.request(db, "forgotten", email, asdict(actor))


def forgotten(services: Services, actor: Actor, email: str) -> Mail | None:
    """Compose the mail with a link to choose a new password; None for an unknown address.

    It runs after the response, so that its time reveals nothing.
    """
    with writing() as db:
        user = registration.find(db, email)
        if user is None or user.suspended_at is not None:
            return None
        token = one_time.issue(db, user, "reset", email)
        log.record(db, actor, "password.forgotten", owner_of(user.id))
    return Mail(
        email,
        "Choose a new password",
        f"Open this link to choose a new password: {link(services.settings, 'reset', token)}\n\n"
        "It works once, within 30 minutes. If you did not ask for it, ignore this mail.\n",
    )


def reset(services: Services, actor: Actor, token: str, password: str) -> None:
    """Set a new password with a token; all logins end."""
    with reading() as db:
        one_time.require_usable(db, token, "reset")
    password_hash = passwords.hashed(services.settings.accounts.password_hash, password)
    with writing() as db:
        used = one_time.use(db, token, "reset")
        user = db.get_one(User, used.user_id)
        user.password_hash = password_hash
        if user.email == used.email:
            user.verified_at = user.verified_at or now()
        logins.end_all(db, user.id)
        log.record(db, actor, "password.reset", owner_of(user.id))
        notify(db, services, user.id, *_CHANGED)


def change(
    services: Services, actor: Actor, user_id: str, login_id: str | None, password: str
) -> None:
    """Set a new password of a user who has shown the current one; all other logins end."""
    password_hash = passwords.hashed(services.settings.accounts.password_hash, password)
    with writing() as db:
        db.get_one(User, user_id).password_hash = password_hash
        logins.end_all(db, user_id, but=login_id)
        log.record(db, actor, "password.changed", owner_of(user_id))
        notify(db, services, user_id, *_CHANGED)


def require_password(services: Services, user_id: str, password: str) -> None:
    """Require a user's current password; raises `LoginFailed`."""
    stored = registration.get(user_id).password_hash
    right, _ = passwords.matches(services.settings.accounts.password_hash, password, stored)
    if not right:
        raise LoginFailed("The current password is wrong.")
