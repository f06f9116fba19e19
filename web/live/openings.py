"""What a request may follow, by a ticket or a signed link; Redis and the secret are enough.

The addresses are those of the web processes (`/progress/SESSION`, `/process/JOB/events`), with any
prefix that a proxy puts before them. Session ids and API keys open nothing here, because only the
database knows whose they are.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import redis

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.access import ticket as tickets
from web.errors import LinkInvalid, RouteNotFound, SessionRequired, TicketInvalid
from web.sessions.signatures import EXPIRES, SESSION, SIGN_IN, SIGNATURE, named, signature_of

_STREAM: Final = re.compile(r"(/progress/(?P<session>[^/]+)|/process/(?P<job>[^/]+)/events)\Z")
_LONGEST_QUERY: Final = 4096


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a stream: of a session or of a job."""

    path: str
    """Without the prefix of a proxy, as links are signed."""
    query: Mapping[str, str]
    session: str | None
    job_id: str | None


@dataclass(frozen=True, slots=True)
class Opening:
    """A stream that a request may follow, and the sign-in that it must not outlive."""

    session: str
    job_id: str | None
    is_operator: bool
    sign_in: str


def parse(path: str, query: str) -> Address:
    """Parse the address of a stream; raises `RouteNotFound`."""
    found = _STREAM.search(unquote(path))
    if found is None or len(query) > _LONGEST_QUERY:
        raise RouteNotFound
    session = found["session"]
    return Address(
        found[1],
        dict(parse_qsl(query, keep_blank_values=True)),
        None if session is None else named(session),
        found["job"],
    )


class Doorkeeper:
    """Checks tickets and signed links."""

    def __init__(self, client: redis.Redis, secret: bytes) -> None:
        self._redis = client
        self._secret = secret

    def opening(self, address: Address) -> Opening:
        """Return what a request may follow; raises if its ticket or link opens nothing."""
        if tickets.PARAMETER in address.query:
            return self._of_ticket(address)
        if SIGNATURE in address.query:
            return self._of_link(address)
        raise SessionRequired("This address needs a ticket or a signed link.")

    def of_ticket(self, text: str) -> Opening:
        """Use up a ticket of a session, for a client that sends it in a message."""
        kept = self._used(text)
        if kept.job_id is not None:
            raise TicketInvalid
        return _opening(kept)

    def _of_ticket(self, address: Address) -> Opening:
        kept = self._used(address.query[tickets.PARAMETER])
        if kept.job_id != address.job_id:
            raise TicketInvalid
        if address.session is not None and kept.session != address.session:
            raise TicketInvalid
        return _opening(kept)

    def _used(self, text: str) -> tickets.Ticket:
        try:
            kept: Any = self._redis.getdel(keys.ticket(tickets.digest(text)))
        except redis.RedisError:
            raise NotReady from None
        if kept is None:
            raise TicketInvalid
        return tickets.parse(kept)

    def _of_link(self, address: Address) -> Opening:
        query = address.query
        expires, sign_in = query.get(EXPIRES, ""), query.get(SIGN_IN, "")
        session = address.session or named(query.get(SESSION, ""))
        expected = signature_of(self._secret, address.path, session, expires, sign_in)
        given = query[SIGNATURE].encode(errors="replace")
        if not session or not hmac.compare_digest(given, expected.encode()):
            raise LinkInvalid
        if int(expires) < time.time():  # it was signed, so it is a number
            raise LinkInvalid
        return Opening(session, address.job_id, is_operator=False, sign_in=sign_in)


def _opening(kept: tickets.Ticket) -> Opening:
    return Opening(kept.session, kept.job_id, kept.is_operator, kept.sign_in)
