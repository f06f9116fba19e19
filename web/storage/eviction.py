"""Evict results that no job refers to from the stage cache, by size, age and policy.

`CACHE_MB` and `CACHE_HOURS` limit the cache; the policy decides which results go first. Results
that a person has deleted are not kept at all: `web.storage.references` deletes them at once.
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
"""Evictions in one pass, so that the controller's other duties are not delayed."""

_ORDER: Final[dict[str, tuple[InstrumentedAttribute[Any], ...]]] = {
    "lru": (CacheEntry.used_at,),
    "lfu": (CacheEntry.uses, CacheEntry.used_at),
    "fifo": (CacheEntry.created_at,),
    "ttl": (CacheEntry.created_at,),
}


@dataclass(frozen=True, slots=True)
class Eviction:
    """Evicts unreferenced results."""

    services: Services

    def evict(self) -> int:
        """Evict what is too old or exceeds the size limit, and return the bytes freed."""
        settings = self.services.settings
        before = now() - timedelta(hours=settings.cache_hours)
        age = CacheEntry.created_at if settings.cache_policy == "ttl" else CacheEntry.used_at
        with reading() as db:
            ranked = self._ranked(db)
            old = set(db.scalars(select(CacheEntry.key).where(~bytes_in_use(), age < before)))
        excess = sum(entry.bytes for entry in ranked) - settings.cache_mb * MEGABYTE
        victims: list[str] = []
        for entry in ranked:
            if entry.key in old or excess > 0:
                victims.append(entry.key)
                excess -= entry.bytes
        return sum(self._evict_one(key) for key in victims[:AT_ONCE])

    def in_turn(self) -> Iterator[Callable[[], int]]:
        """Yield a step that evicts each unreferenced result, in the order of the policy."""
        with reading() as db:
            keys = [entry.key for entry in self._ranked(db)]
        for key in keys:
            yield partial(self._evict_one, key)

    def _ranked(self, db: Session) -> list[CacheEntry]:
        """List the unreferenced results, first to be evicted first."""
        unreferenced = select(CacheEntry).where(~bytes_in_use())
        return list(db.scalars(unreferenced.order_by(*_ORDER[self.services.settings.cache_policy])))

    def _evict_one(self, key: str) -> int:
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
