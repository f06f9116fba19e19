"""Requests and estimates, which no table keeps: counted in Redis by day, read by the controller."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import date, timedelta
from typing import Any, Final

import redis

from tasks.messaging import keys
from web.analytics.figures import Figure, bucket
from web.db.columns import now

KEEP: Final = timedelta(days=3)
"""Longer than the controller may be away without losing a day."""
_SUM: Final = "s"
_FAILED: Final = "f"
MOST_FIELDS: Final = 4000
"""The most fields of a day that are believed: routes times buckets."""


class RequestCounts:
    """The requests of this process that were not yet written to Redis."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, float] = defaultdict(float)

    def count(self, route: str, seconds: float, *, failed: bool) -> None:
        """Count one request by its route; `failed` means that we are to blame."""
        with self._lock:
            self._counts[f"{route}|{bucket(seconds)}"] += 1
            self._counts[f"{route}|{_SUM}"] += seconds
            if failed:
                self._counts[f"{route}|{_FAILED}"] += 1

    def flush(self, client: redis.Redis) -> None:
        """Add them to the counts of the day in Redis; if that fails, they wait."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(float)
        if not counts:
            return
        name = _requests(now().date())
        pipe = client.pipeline(transaction=True)
        for field, number in counts.items():
            pipe.hincrbyfloat(name, field, number)
        pipe.expire(name, KEEP)
        try:
            pipe.execute()
        except redis.RedisError:
            with self._lock:
                for field, number in counts.items():
                    self._counts[field] += number
            raise


def requests_of(client: redis.Redis, day: date) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Return the requests of a day by route, and those that failed."""
    raw: Any = client.hgetall(_requests(day))
    served: dict[str, Figure] = defaultdict(Figure)
    failed: dict[str, Figure] = defaultdict(Figure)
    for field, value in list(raw.items())[:MOST_FIELDS]:
        route, _, what = _text(field).rpartition("|")
        number = float(value)
        if what == _SUM:
            served[route].total += number
        elif what == _FAILED:
            failed[route].add(int(number))
        elif what.isdecimal():
            served[route].add(int(number), 0.0, int(what))
    return served, failed


def note_estimate(client: redis.Redis, owner: str | None) -> None:
    """Remember that an owner has asked for an estimate today; without one, nothing is counted."""
    if owner is None:
        return
    name = _estimates(now().date())
    pipe = client.pipeline(transaction=True)
    pipe.sadd(name, owner)
    pipe.expire(name, KEEP)
    pipe.execute()


def estimating_owners(client: redis.Redis, day: date) -> set[str]:
    """Return the owners who asked for an estimate on a day."""
    members: Any = client.smembers(_estimates(day))
    return {_text(member) for member in members}


def _requests(day: date) -> str:
    return f"{keys.TRAFFIC}:requests:{day.isoformat()}"


def _estimates(day: date) -> str:
    return f"{keys.TRAFFIC}:estimates:{day.isoformat()}"


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
