"""The queues that this worker takes messages from: not those that it can do nothing for."""

from __future__ import annotations

import logging

from celery import Celery
from kombu.exceptions import OperationalError

from config.environments import queues_served
from tasks.domain.offers import Offer
from tasks.nodes import useful_queues

log = logging.getLogger(__name__)


class Consuming:
    """Tells the worker's main process, which takes the messages, what to take."""

    def __init__(self, app: Celery, worker: str, environment: str) -> None:
        self._app = app
        self._worker = worker
        self._environment = environment
        self._taken = set(queues_served(environment))

    def follow(self, offers: tuple[Offer, ...]) -> None:
        """Leave the queues that nothing can be done for any more; take those back that it can."""
        useful = useful_queues(self._environment, offers)
        try:
            for queue in sorted(self._taken - useful):
                log.warning("%s takes nothing from %s any more", self._worker, queue)
                self._app.control.cancel_consumer(queue, destination=[self._worker])
            for queue in sorted(useful - self._taken):
                log.info("%s takes from %s again", self._worker, queue)
                self._app.control.add_consumer(queue, destination=[self._worker])
        except OperationalError:
            return  # Redis is away: the next heartbeat tells it again
        self._taken = useful
