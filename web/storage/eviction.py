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
from web.db.engine import reading, serialise_writers, writing
from web.services import Services
from web.storage import references
from web.storage.cache import bytes_in_use, count_of, forget
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
        with reading() as db:
            ranked = self._ranked(db)
            old = set(db.scalars(select(CacheEntry.key).where(~bytes_in_use(), age < before)))
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
        with reading() as db:
            keys = [entry.key for entry in self._ranked(db)]
        for key in keys:
            yield partial(self._one, key)

    def _ranked(self, db: Session) -> list[CacheEntry]:
        """What no job shows, by the policy."""
        free = select(CacheEntry).where(~bytes_in_use())
        return list(db.scalars(free.order_by(*_FIRST[self.services.settings.cache_policy])))

    def _one(self, key: str) -> int:
        try:
            if not begin_eviction(self.services.redis, key):
                return 0
            with writing() as db:
                serialise_writers(db)
                entry = db.scalar(select(CacheEntry).where(CacheEntry.key == key, ~bytes_in_use()))
                return 0 if entry is None else self._drop(db, entry)
        finally:
            end_eviction(self.services.redis, key)

    def _drop(self, db: Session, entry: CacheEntry) -> int:
        freed = references.delete_unreferenced(
            self.services, db, forget(self.services, db, entry.key)
        )
        count = count_of(db, entry.stage)
        count.evictions += 1
        count.bytes_evicted += freed
        return freed
