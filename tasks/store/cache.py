"""Coordinate the reuse of cached results with their eviction.

Each side announces what it does before it checks for the other side, so that the second one
sees the first. A stage that meets an eviction is requeued and computes; an eviction that meets a
stage keeps the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import redis

from tasks.messaging import keys

USED_SECONDS: Final = 3600
"""By then the database knows of the use, and its rows protect the result."""
EVICTION_SECONDS: Final = 60
"""Longer than a deletion takes; if the evicting process dies, stages wait no longer."""


def mark_in_use(client: redis.Redis, key: str) -> bool:
    """Mark a result as in use; False if it is being evicted. Look it up again after this."""
    return bool(mark_all_in_use(client, (key,)))


def mark_all_in_use(client: redis.Redis, results: Iterable[str]) -> frozenset[str]:
    """Mark results as in use; return those that are not being evicted, to be looked up again."""
    names = sorted(results)
    pipe = client.pipeline()
    for key in names:
        pipe.set(keys.used(key), 1, ex=USED_SECONDS)
    for key in names:
        pipe.exists(keys.evicting(key))
    answers: Any = pipe.execute()
    evicting = answers[len(names) :]
    return frozenset(key for key, gone in zip(names, evicting, strict=True) if not gone)


def begin_eviction(client: redis.Redis, key: str) -> bool:
    """Start to evict a result; False if it is in use. Always call `end_eviction` afterwards."""
    pipe = client.pipeline()
    pipe.set(keys.evicting(key), 1, ex=EVICTION_SECONDS)
    pipe.exists(keys.used(key))
    answers: Any = pipe.execute()
    return not answers[1]


def end_eviction(client: redis.Redis, key: str) -> None:
    client.delete(keys.evicting(key))
