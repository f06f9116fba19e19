"""Which results of the stage cache have to go: what no job shows, by size, age and policy.

They are kept within `CACHE_MB` and `CACHE_HOURS`; the policy says who goes first. What a
person has deleted is not kept at all: `web.storage.references` sees to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tasks.store.cache import begin_eviction, end_eviction
from web.db.columns import now
from web.db.engine import alone, reading, writing
from web.services import Services
from web.storage import references
from web.storage.cache import count_of, forget, held
from web.storage.models import CacheEntry

MEGABYTE: Final = 1024**2
AT_ONCE: Final = 200
"""Evictions of one pass: control has other things to do."""

_FIRST: Final[dict[str, tuple[InstrumentedAttribute[Any], ...]]] = {
    "lru": (CacheEntry.used_at,),
    "lfu": (CacheEntry.uses, CacheEntry.used_at),
    "fifo": (CacheEntry.created_at,),
    "ttl": (CacheEntry.created_at,),
}


@dataclass(frozen=True, slots=True)
class Eviction:
    """What is evicted, and when."""

    services: Services

    def evict(self) -> int:
        """What is too old and what is too much; how many bytes that freed."""
        settings = self.services.settings
        before = now() - timedelta(hours=settings.cache_hours)
        age = CacheEntry.created_at if settings.cache_policy == "ttl" else CacheEntry.used_at
        with reading() as session:
            ranked = self._ranked(session)
            old = set(session.scalars(select(CacheEntry.key).where(~held(), age < before)))
        over = sum(entry.bytes for entry in ranked) - settings.cache_mb * MEGABYTE
        victims: list[str] = []
        for entry in ranked:
            if entry.key in old or over > 0:
                victims.append(entry.key)
                over -= entry.bytes
        return sum(self._one(key) for key in victims[:AT_ONCE])

    def in_turn(self) -> Iterator[Callable[[], int]]:
        """Everything that no job shows, one after the other: whoever needs room takes as many
        of these steps as it needs."""
        with reading() as session:
            keys = [entry.key for entry in self._ranked(session)]
        for key in keys:
            yield partial(self._one, key)

    def _ranked(self, session: Session) -> list[CacheEntry]:
        """What no job shows, by the policy."""
        free = select(CacheEntry).where(~held())
        return list(session.scalars(free.order_by(*_FIRST[self.services.settings.cache_policy])))

    def _one(self, key: str) -> int:
        try:
            if not begin_eviction(self.services.redis, key):
                return 0
            with writing() as session:
                alone(session)
                entry = session.scalar(select(CacheEntry).where(CacheEntry.key == key, ~held()))
                return 0 if entry is None else self._drop(session, entry)
        finally:
            end_eviction(self.services.redis, key)

    def _drop(self, session: Session, entry: CacheEntry) -> int:
        freed = references.delete_unreferenced(
            self.services, session, forget(self.services, session, entry.key)
        )
        count = count_of(session, entry.stage)
        count.evictions += 1
        count.bytes_evicted += freed
        return freed
