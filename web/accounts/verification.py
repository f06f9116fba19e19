"""Verify mail addresses: send a link and recognise its token.

Without `SMTP_URL` no mail reaches anybody, so verification is off and every address counts as
verified.
"""

from __future__ import annotations

from datetime import datetime

from config.settings import Settings
from web.accounts import one_time, registration
from web.accounts.errors import AccountLinkInvalid
from web.accounts.links import link
from web.accounts.models import User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import serialise_writers, writing
from web.notifications import outbox
from web.notifications.mail import Mail
from web.services import Services


def is_on(settings: Settings) -> bool:
    """Return whether addresses must be verified."""
    return bool(settings.notifications.smtp_url)


def is_verified(settings: Settings, verified_at: datetime | None) -> bool:
    """Return whether a user has the rights of a verified one."""
    return verified_at is not None or not is_on(settings)


def after_registration(services: Services, email: str) -> Mail | None:
    """Compose the mail that follows a registration: a link, or that there is an account already."""
    with writing() as db:
        user = registration.find(db, email)
        if user is None:
            return None
        if user.verified_at is None:
            return _mail(services, email, one_time.issue(db, user, "verify", email))
    return Mail(
        email,
        "You already have an account",
        "Someone tried to create an account with this address, which has one already.\n"
        f"Sign in, or choose a new password: {link(services.settings, 'forgot')}\n\n"
        "If it was not you, ignore this mail.\n",
    )


def request_link(user_id: str, email: str) -> None:
    """Queue the mail that verifies an address of a user."""
    with writing() as db:
        outbox.request(db, "verify", email, {"user_id": user_id})


def to_address(services: Services, user_id: str, email: str) -> Mail | None:
    """Compose the mail that verifies an address of a user."""
    with writing() as db:
        user = db.get(User, user_id)
        if user is None or (user.verified_at is not None and user.email == email):
            return None
        return _mail(services, email, one_time.issue(db, user, "verify", email))


def verify(actor: Actor, token: str) -> User:
    """Use a token: its address is now the verified address of its user."""
    with writing() as db:
        serialise_writers(db)
        used = one_time.use(db, token, "verify")
        user = db.get_one(User, used.user_id)
        other = registration.find(db, used.email)
        if other is not None and other.id != user.id:
            raise AccountLinkInvalid  # another account has verified this address meanwhile
        user.email, user.verified_at = used.email, now()
        log.record(db, actor, "user.verified", owner_of(user.id))
        return user


def _mail(services: Services, email: str, token: str) -> Mail:
    return Mail(
        email,
        "Confirm your address",
        f"Open this link to confirm your address: {link(services.settings, 'verify', token)}\n\n"
        "It works once, within 24 hours. If you did not ask for it, ignore this mail.\n",
    )
