"""The settings of notifications."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """How mails and webhooks are sent."""

    smtp_url: str = setting(
        "",
        "SMTP_URL",
        "Mail server: `smtp://user:password@host:587` (with STARTTLS) or `smtps://...`. Empty: "
        "mails are written to `mails/` in the state directory, and addresses need no verification.",
        password_within=True,
    )
    mail_from: str = setting("callsheet@localhost", "MAIL_FROM", "Sender address of mails.")
    webhook_loopback: str = setting(
        "",
        "WEBHOOK_LOOPBACK",
        "`1`: webhooks may also lead to this machine, with `http://` too. Only for development.",
    )
