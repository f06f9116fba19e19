"""Finding a result and evicting one, so that the two never cross.

Each side says what it is about to do before it looks what the other one does: whoever
comes second sees the first. A stage that meets an eviction comes back a moment later and
computes; an eviction that meets a stage leaves the result alone.
"""

from __future__ import annotations

from typing import Any, Final

import redis

from tasks.messaging import keys

USED_SECONDS: Final = 3600
"""Until then the ledger knows of the use, and its rows hold the result."""
EVICTION_SECONDS: Final = 60
"""Longer than deleting takes; who dies over it keeps nobody waiting for longer."""


def mark_in_use(client: redis.Redis, key: str) -> bool:
    """Whether a result that was found may be used; to be looked for again after this."""
    pipe = client.pipeline()
    pipe.set(keys.used(key), 1, ex=USED_SECONDS)
    pipe.exists(keys.evicting(key))
    answers: Any = pipe.execute()
    return not answers[1]


def begin_eviction(client: redis.Redis, key: str) -> bool:
    """Whether nobody has claimed it; `end_eviction` has to follow."""
    pipe = client.pipeline()
    pipe.set(keys.evicting(key), 1, ex=EVICTION_SECONDS)
    pipe.exists(keys.used(key))
    answers: Any = pipe.execute()
    return not answers[1]


def end_eviction(client: redis.Redis, key: str) -> None:
    client.delete(keys.evicting(key))
