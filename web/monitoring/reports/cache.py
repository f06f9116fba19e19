"""Statistics of the stage cache."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from config.stages import ALL_STAGES
from web.storage.cache import bytes_in_use
from web.storage.models import CacheCount, CacheEntry

_COUNTERS: Final = (
    *("hits", "misses", "bytes_found", "seconds_saved", "evictions", "bytes_evicted"),
)


def statistics(db: Session, settings: Settings) -> dict[str, Any]:
    """Report entries, hits and evictions by stage."""
    stored = _current_bytes(db)
    evictable = _current_bytes(db, ~bytes_in_use())
    counts = {row.stage: row for row in db.scalars(select(CacheCount))}
    stages = [_stage(name, stored, evictable, counts.get(name)) for name in ALL_STAGES]
    return {
        "policy": settings.cache_policy,
        "limit_bytes": settings.cache_mb * 1024**2,
        "limit_hours": settings.cache_hours,
        "stages": stages,
        "total": _total(stages),
    }


def _current_bytes(db: Session, *which: Any) -> dict[str, tuple[int, int]]:
    """Count entries and bytes by stage."""
    sums = select(CacheEntry.stage, func.count(), func.sum(CacheEntry.bytes)).where(*which)
    rows = db.execute(sums.group_by(CacheEntry.stage))
    return {stage: (entries, int(size)) for stage, entries, size in rows}


def _stage(
    name: str,
    stored: dict[str, tuple[int, int]],
    evictable: dict[str, tuple[int, int]],
    count: CacheCount | None,
) -> dict[str, Any]:
    entries, size = stored.get(name, (0, 0))
    free_entries, free_size = evictable.get(name, (0, 0))
    return {
        "stage": name,
        "entries": entries,
        "bytes": size,
        "evictable_entries": free_entries,
        "evictable_bytes": free_size,
        **{counter: round(getattr(count, counter), 1) if count else 0 for counter in _COUNTERS},
    }


def _total(stages: list[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name in stages[0] if name != "stage"]
    return {name: sum(stage[name] for stage in stages) for name in names}
