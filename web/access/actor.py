"""Name the actor of a request for the audit log."""

from __future__ import annotations

from web.audit.log import Actor
from web.http.authentication import authenticated
from web.http.errors import request_id
from web.http.senders import sender_address


def current_actor() -> Actor:
    """Return who acts in this request, and from where."""
    return Actor(authenticated().owner or "", sender_address(), request_id())
