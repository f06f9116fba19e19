"""The queues that this worker takes messages from: not those that it can do nothing for.

The pool process knows what can be done, the main process takes the messages. The one tells
the other over a socket of this machine's: Celery's own way, a broadcast to all workers, would
give each node the right to command the others (`tasks/nodes/rights.py`).
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

from config.environments import queues_served
from tasks.domain.offers import Offer
from tasks.nodes.registry import useful_queues

log = logging.getLogger(__name__)

ADDRESS: Final = "CALLSHEET_CONSUMER"
"""How the pool process learns where the main process listens."""
_LONGEST: Final = 4096


class QueueSubscription:
    """In the pool process: says what to take, when that changes."""

    def __init__(self, environment: str) -> None:
        self._environment = environment
        # Unknown, as the main process may remember what a pool process before this one said.
        self._taken: set[str] | None = None

    def follow(self, offers: tuple[Offer, ...]) -> None:
        """Leave the queues that nothing can be done for any more; take those back that it can."""
        useful = useful_queues(self._environment, offers)
        if useful == self._taken:
            return
        try:
            send(useful)
        except OSError as deaf:
            log.warning("the consumer was not told what to take: %s", deaf)
            return  # the next heartbeat tells it again
        self._taken = useful


def send(queues: Collection[str]) -> None:
    """Let this worker take messages from these alone; whichever of its processes says so."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.sendto(json.dumps(sorted(queues)).encode(), _place(os.environ[ADDRESS]))


def install(app: Celery, environment: str) -> None:
    """In the main process: let its consumer be told."""
    os.environ[ADDRESS] = secrets.token_hex(16)
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    ear.bind(_place(os.environ[ADDRESS]))

    class Listening(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            parent.hub.add_reader(ear, _receive, ear, parent, environment)

        def stop(self, parent: Any) -> None:
            parent.hub.remove(ear)

    app.steps["consumer"].add(Listening)


def _receive(ear: socket.socket, consumer: Any, environment: str) -> None:
    """In the consumer's own loop."""
    wanted = set(json.loads(ear.recv(_LONGEST)))
    for queue in queues_served(environment):
        taken = consumer.task_consumer.consuming_from(queue)
        if taken and queue not in wanted:
            log.warning("takes nothing from %s any more", queue)
            consumer.cancel_task_queue(queue)
        elif queue in wanted and not taken:
            log.info("takes from %s again", queue)
            consumer.add_task_queue(queue)


def _place(secret: str) -> bytes:
    """In Linux's abstract namespace: nothing to clean, gone with the process."""
    return f"\0callsheet-{secret}".encode()
