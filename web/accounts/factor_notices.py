"""Mails about changes of how an account is signed in to, so that its owner notices a thief."""

from __future__ import annotations

from typing import Final, Literal

from sqlalchemy.orm import Session

from web.accounts.links import link
from web.accounts.notices import notify
from web.services import Services

Change = Literal[
    "passkey_added",
    "passkey_removed",
    "passkey_suspected",
    "totp_added",
    "totp_removed",
    "identity_removed",
    "factor_removed",
    "codes_blocked",
]

_TEXTS: Final[dict[Change, tuple[str, str]]] = {
    "passkey_added": ("A passkey was added", "The passkey “{name}” was added to your account."),
    "passkey_removed": (
        "A passkey was removed",
        "The passkey “{name}” was removed from your account.",
    ),
    "passkey_suspected": (
        "A passkey may have been copied",
        "The passkey “{name}” was used in a way that suggests that there is a copy of it. It is "
        "not accepted any more. Remove it, and add a new one.",
    ),
    "totp_added": (
        "An authenticator app was added",
        "An authenticator app was added to your account. All other devices were signed out.",
    ),
    "totp_removed": (
        "The authenticator app was removed",
        "The authenticator app was removed from your account.",
    ),
    "factor_removed": (
        "Your second factor was removed",
        "An administrator has removed the second factor of your account: the authenticator app, "
        "all passkeys and the recovery codes. The password alone signs in now.",
    ),
    "identity_removed": (
        "A sign-in was disconnected",
        "The sign-in with {name} was disconnected from your account.",
    ),
    "codes_blocked": (
        "Too many wrong codes",
        "Someone has entered your password and many wrong codes. Codes are refused for up to an "
        "hour.",
    ),
}


def tell(db: Session, services: Services, user_id: str, change: Change, name: str = "") -> None:
    """Queue the mail about a change in the caller's transaction."""
    subject, text = _TEXTS[change]
    advice = f"If it was not you, choose a new password: {link(services.settings, 'forgot')}"
    notify(db, services, user_id, subject, f"{text.format(name=name)}\n\n{advice}\n")
