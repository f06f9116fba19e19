"""Tickets: a browser opens a stream with one, where it can send neither header nor cookie.

A ticket opens one stream of one session or job, once, within a minute. So nothing that is worth
stealing stands in an address: addresses are logged and remembered. Redis holds a digest of it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from typing import Final
from urllib.parse import urlencode

import redis
from flask import g, request

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.access.ticket import PARAMETER, Ticket, digest, parse
from web.errors import TicketInvalid
from web.services import Services

SECONDS: Final = 60
_STREAMS: Final = frozenset({"events.of_job", "events.of_session", "open_socket"})


def issue(services: Services, ticket: Ticket) -> str:
    """Store a ticket and return its text, which is shown once."""
    text = secrets.token_urlsafe(24)
    try:
        services.redis.set(keys.ticket(digest(text)), json.dumps(asdict(ticket)), ex=SECONDS)
    except redis.RedisError:
        raise NotReady from None
    return text


def address(path: str, text: str) -> str:
    """Return the address of a stream with its ticket."""
    return f"{path}?{urlencode({PARAMETER: text})}"


def is_presented() -> bool:
    """Return whether this request opens a stream with a ticket."""
    return PARAMETER in request.args and request.endpoint in _STREAMS


def used(services: Services) -> Ticket:
    """Use up the ticket of this request; raises `TicketInvalid` if it is unknown, used or late."""
    try:
        kept = services.redis.getdel(keys.ticket(digest(request.args[PARAMETER])))
    except redis.RedisError:
        raise NotReady from None
    if kept is None:
        raise TicketInvalid
    ticket = g.ticket = parse(kept)
    return ticket


def current() -> Ticket | None:
    """Return the ticket that this request has used."""
    ticket: Ticket | None = g.get("ticket")
    return ticket
