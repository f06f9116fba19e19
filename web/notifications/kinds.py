"""The kinds of mails, and which of them people can turn off."""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal[
    "account", "job_ended", "video_expires", "credits_low", "budget_reached", "webhook_disabled"
]

ACCOUNT: Final = "account"
"""Mails without which an account cannot be used safely: they are always sent."""

CHOICES: Final[dict[Kind, bool]] = {
    "job_ended": False,
    "video_expires": True,
    "credits_low": True,
    "budget_reached": True,
    "webhook_disabled": True,
}
"""What people can turn on and off, and whether it is on at first."""

REASONS: Final[dict[Kind, str]] = {
    "job_ended": "your video is ready or has failed",
    "video_expires": "a video of yours will be deleted soon",
    "credits_low": "your credits are running low",
    "budget_reached": "a budget is nearly or completely used",
    "webhook_disabled": "a webhook of yours was disabled",
}
"""When a mail of this kind is sent, as the end of a sentence."""
