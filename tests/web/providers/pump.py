"""A controller and a worker of one process, turn by turn: what one sends the other does.

The messages go through a real Redis and are signed. No test waits for the clock: what is due later
is due in the next turn.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from config.environments import HOSTED, MEDIA
from gpu_worker.execution import provider_work
from gpu_worker.execution.runner import WorkerContext
from gpu_worker.models.registry import Registry
from tasks.messaging import compression
from tasks.messaging.call_keys import WorkerCallKeys
from tasks.messaging.provider_call import ProviderCall as Message
from tasks.messaging.redis_client import connect
from tasks.messaging.routing import lists_of
from tasks.nodes.mailbox import coordinate
from tests.deployment import Deployment
from tests.web.providers.clips import calls_of
from web.control import providers
from web.db.columns import now
from web.db.engine import writing
from web.providers.calls import FINISHING, OPEN
from web.providers.models import Provider, ProviderCall

MOST_TURNS = 60


@dataclass
class Beat:
    """The status of the worker, which nothing reads here."""

    name: str = "hosted@test.1"

    def busy(self, task_id: str) -> None:
        """Report nothing."""


@dataclass
class Pump:
    """Runs the calls to providers of one system."""

    system: Deployment
    queues: tuple[str, ...] = (HOSTED,)
    """What the worker serves; without `media`, a clip that is fetched has come through."""
    verbs: Counter[str] = field(default_factory=Counter)
    """How often a worker was asked, by verb."""

    def __post_init__(self) -> None:
        settings = self.system.settings
        client = connect(settings)
        self.context = WorkerContext(
            settings=settings,
            shared=coordinate(settings, client),
            artifacts=self.system.services.artifacts,
            registry=Registry(HOSTED, None),
            heartbeat=Beat(),
        )
        self._keys = WorkerCallKeys(settings)

    def until_ended(self, job_id: str) -> list[ProviderCall]:
        """Run until nothing of a job is open, or its clip is fetched; return its calls."""
        for _ in range(MOST_TURNS):
            self.turn()
            found = calls_of(self.system, job_id)
            through = () if MEDIA in self.queues else (FINISHING,)
            if not any(call.state in OPEN and call.state not in through for call in found):
                return found
        states = [(call.state, call.cause, call.failures) for call in found]
        raise AssertionError(f"a clip does not end: {states}")

    def turn(self) -> None:
        """Do one turn of the controller, and what it has sent."""
        with self.system.app.app_context():
            providers.follow(self.system.services)
        for message in self._messages():
            self.verbs[message.verb] += 1
            provider_work.run(self.context, message)
        with self.system.app.app_context():
            providers.follow(self.system.services)
        self.pass_time(timedelta(0))

    def pass_time(self, passed: timedelta) -> None:
        """Make everything due, and each open call so much older."""
        with self.system.app.app_context(), writing() as db:
            for call in db.scalars(select(ProviderCall).where(ProviderCall.state.in_(OPEN))):
                call.next_at = now()
                for name in ("asked_at", "moved_at"):
                    at = getattr(call, name)
                    setattr(call, name, None if at is None else at - passed)

    def _messages(self) -> Iterator[Message]:
        client = self.system.services.redis
        lists = [(queue, name) for queue in self.queues for name in lists_of(queue)]
        for queue, name in lists:
            while (raw := client.rpop(name)) is not None:
                message: dict[str, Any] = json.loads(str(raw))
                assert self._keys.refusal(queue, message) == ""
                body = base64.b64decode(message["body"])
                if "compression" in message["headers"]:
                    body = compression.decompress(body)
                yield Message.of_args(json.loads(body)[0])


def move_provider(system: Deployment, url: str, wire: str) -> None:
    """Let the provider of the tests lie at another address and speak another wire."""
    changed = update(Provider).where(Provider.name == "shop").values(base_url=url, wire=wire)
    with system.app.app_context(), writing() as db:
        db.execute(changed)
