"""Consume only the queues for which this worker has a working engine.

The pool process knows its engines, and the main process consumes the queues. The pool process
sends the list over a local socket: a Celery broadcast would need a right with which each node
could command the others (`tasks/nodes/rights.py`).
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
from collections.abc import Collection
from typing import Any, Final

from celery import Celery, bootsteps

from tasks.domain.offers import Offer
from tasks.nodes.registry import useful_queues

log = logging.getLogger(__name__)

ADDRESS: Final = "CALLSHEET_CONSUMER"
"""Passes the address of the main process's socket to the pool process."""
_LONGEST: Final = 4096


class QueueSubscription:
    """Sends the list of queues from the pool process when it changes."""

    def __init__(self, environment: str) -> None:
        self._environment = environment
        # Unknown: the main process may still use the list of an earlier pool process.
        self._sent: set[str] | None = None

    def follow(self, offers: tuple[Offer, ...], *, calls: bool) -> None:
        """Send the queues for which there are offers, if they have changed.

        `calls`: whether this worker has a key of a provider of hosted models.
        """
        useful = useful_queues(self._environment, offers, calls=calls)
        if useful == self._sent:
            return
        try:
            send(useful)
        except OSError as error:
            log.warning("queues not sent to the consumer", extra={"error": str(error)})
            return  # the next heartbeat sends it again
        self._sent = useful


def send(queues: Collection[str]) -> None:
    """Make this worker consume only these queues."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(json.dumps(sorted(queues)).encode(), _address(os.environ[ADDRESS]))


def install(app: Celery, queues: Collection[str]) -> None:
    """Make the consumer of the main process receive the list."""
    os.environ[ADDRESS] = secrets.token_hex(16)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    receiver.bind(_address(os.environ[ADDRESS]))

    class ReceiveQueues(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            parent.hub.add_reader(receiver, _receive, receiver, parent, queues)

        def stop(self, parent: Any) -> None:
            parent.hub.remove(receiver)

    app.steps["consumer"].add(ReceiveQueues)


def _receive(receiver: socket.socket, consumer: Any, queues: Collection[str]) -> None:
    """Apply a received list, in the event loop of the consumer."""
    wanted = set(json.loads(receiver.recv(_LONGEST)))
    for queue in queues:
        consumed = consumer.task_consumer.consuming_from(queue)
        if consumed and queue not in wanted:
            log.warning("queue consumption stopped", extra={"queue": queue})
            consumer.cancel_task_queue(queue)
        elif queue in wanted and not consumed:
            log.info("queue consumption resumed", extra={"queue": queue})
            consumer.add_task_queue(queue)


def _address(secret: str) -> bytes:
    """Return an address in Linux's abstract namespace, which ends with the process."""
    return f"\0callsheet-{secret}".encode()
