"""A reader of one session's events: a place in the hub, a mailbox, and an end to both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from web.events.hub import Hub
from web.events.mailbox import Mailbox
from web.http.senders import sender_address


def open_mailbox(hub: Hub, session_id: str, after: str, closing: ExitStack) -> Mailbox:
    """A mailbox that fills until `closing` is closed; it takes one of the live places."""
    closing.callback(hub.slots.take(sender_address()))
    mailbox = Mailbox()
    subscription = hub.subscribe(session_id, mailbox.put, after)
    closing.callback(hub.unsubscribe, subscription)
    hub.open(subscription)
    mailbox.limit()
    return mailbox


@contextmanager
def mailbox(hub: Hub, session_id: str, after: str) -> Iterator[Mailbox]:
    """The same for the length of a block."""
    with ExitStack() as closing:
        yield open_mailbox(hub, session_id, after, closing)
