"""Send clips of local models to workers: no more than these can begin soon."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.hosted import LOCAL, Cause, Task, Verb
from tasks.messaging.provider_call import ProviderCall as Message
from tasks.nodes import registry as nodes
from tasks.nodes.registry import Node
from web.providers import calls
from web.providers.calls import QUEUED, SUBMITTING, WAITING
from web.providers.models import ProviderCall
from web.services import Services

AGAIN: Final = timedelta(seconds=1)
"""When to look again for a worker that has room."""
PATIENCE: Final = timedelta(seconds=60)
"""How long a message may wait for a worker."""
_A_WORKER: Final = 2
"""Clips for each worker: the one that it makes, and the next one."""
_DIED: Final = "The workers that made the clip have died. Change the picture, or try again later."


@dataclass(slots=True)
class Room:
    """How many more clips workers have room for."""

    left: int

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


def makers(alive: Collection[Node]) -> int:
    """Count the live workers that have the local models."""
    return sum(bool(node.extra.get("makes_clips")) and not node.draining for node in alive)


def room(services: Services, db: Session) -> Room:
    """Return the room that workers have now."""
    try:
        workers = makers(nodes.alive(services.redis))
    except redis.RedisError:
        workers = 0
    busy = select(func.count()).where(
        ProviderCall.provider == LOCAL, ProviderCall.state.in_((SUBMITTING, WAITING))
    )
    return Room(_A_WORKER * workers - (db.scalar(busy) or 0))


def message(call: ProviderCall, task: Task, at: datetime, free: Room) -> Message | None:
    """Return the message that makes a clip, or makes it again after its worker's death."""
    if call.state == QUEUED and not free.take():
        calls.postpone(call, at + AGAIN)
        return None
    if call.state == WAITING:
        if not calls.render_again(call, at, calls.LOCAL_SILENCE):
            calls.end(call, calls.FAILED, at, cause=Cause.SERVER, message=_DIED)
            calls.announce_soon(call, at)
            return None
    else:
        calls.begin_submit(call, at, PATIENCE)
    return Message.of_tasks(Verb.RENDER, [task], f"{call.id}.{call.turn}")
