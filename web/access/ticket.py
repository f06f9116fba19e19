"""What a ticket opens, as it is kept in Redis; needs neither the database nor a request."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from web.errors import TicketInvalid

PARAMETER: Final = "ticket"
NO_SIGN_IN: Final = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket opens, and the sign-in that it must not outlive."""

    session: str
    """The session's name."""
    job_id: str | None = None
    """None for the stream of the whole session."""
    is_operator: bool = False
    sign_in: str = NO_SIGN_IN
    """Its name (`web.access.stream_sign_ins`)."""


def parse(kept: str | bytes) -> Ticket:
    """Read a ticket from Redis; raises `TicketInvalid` if an earlier version has issued it."""
    try:
        return Ticket(**json.loads(kept))
    except TypeError:
        raise TicketInvalid from None


def digest(text: str) -> str:
    """Return what Redis keeps in place of a ticket's text."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
