"""Links in mails: to the page of accounts, with the token after `#`, which no server sees."""

from __future__ import annotations

from typing import Literal

from config.settings import Settings
from web.notifications.addresses import base

Action = Literal["verify", "reset", "forgot", "invitation"]


def link(settings: Settings, action: Action, token: str = "") -> str:
    """Return the address of an action; its host is a setting and never the `Host` of a request."""
    page = f"{base(settings)}/account#{action}"
    return f"{page}={token}" if token else page
