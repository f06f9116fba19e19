"""Keep the figures of each day: of today again and again, of a past day once."""

from __future__ import annotations

import logging
import time
from datetime import date, datetime, timedelta
from typing import Any, Final

import redis
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from web.analytics import daily, traffic
from web.analytics.daily import Figures
from web.analytics.figures import Figure
from web.analytics.models import DailyFigures
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.models import Job

log = logging.getLogger(__name__)

BACKFILL_DAYS: Final = 366
"""How far back figures are computed for days on which no controller has computed them."""
SETTLED: Final = timedelta(minutes=5)
"""After the end of a day, until its last jobs are written."""
TURN_SECONDS: Final = 0.5
"""How long one turn may compute days of the past."""


def refresh(client: redis.Redis) -> int:
    """Compute the days that are due, newest first, and return how many; called every minute."""
    began, computed = time.monotonic(), 0
    with reading() as db:
        due = _due(db, now())
    for day in due:
        _store(client, day)
        computed += 1
        # Today comes first each time: a past day must follow, or it would never be computed.
        if day != due[0] and time.monotonic() - began >= TURN_SECONDS:
            break
    return computed


def _due(db: Session, at: datetime) -> list[date]:
    """List the days whose figures may still change, and those without figures."""
    today = at.date()
    first = db.scalar(select(func.min(Job.created_at)))
    oldest = max(today - timedelta(days=BACKFILL_DAYS), first.date() if first else today)
    query = select(DailyFigures.day, DailyFigures.computed_at)
    recent = query.where(DailyFigures.kind == "jobs", DailyFigures.day >= oldest.isoformat())
    known: dict[str, datetime] = dict(db.execute(recent).all())
    days = [today - timedelta(days=back) for back in range((today - oldest).days + 1)]
    return [day for day in days if not _is_final(day, known.get(day.isoformat()))]


def _is_final(day: date, computed_at: datetime | None) -> bool:
    end = daily.begin_of(day) + timedelta(days=1)
    return computed_at is not None and computed_at >= end + SETTLED


def _store(client: redis.Redis, day: date) -> None:
    """Compute a day and replace what is stored of it."""
    at = now()
    with reading() as db:
        found = daily.compute(db, day) | _traffic(client, db, day)
    rows = [
        {"day": day.isoformat(), "kind": kind, "figures": _raw(figures), "computed_at": at}
        for kind, figures in found.items()
    ]
    with writing() as db:
        of_day = DailyFigures.day == day.isoformat()
        db.execute(delete(DailyFigures).where(of_day, DailyFigures.kind.in_(found)))
        db.execute(insert(DailyFigures), rows)


def _traffic(client: redis.Redis, db: Session, day: date) -> dict[str, Figures]:
    """Read what Redis counted on this day; what is stored stays where Redis has forgotten it."""
    try:
        served, failed = traffic.requests_of(client, day)
        asked = traffic.estimating_owners(client, day)
    except redis.RedisError:
        return {}
    found: dict[str, Figures] = {}
    if served:
        found |= {"requests": served, "failed_requests": failed}
    if asked:
        started = daily.starters(db, day, asked)
        found["estimates"] = {"asked": Figure(len(asked)), "started": Figure(started)}
    return found


def _raw(figures: Figures) -> dict[str, Any]:
    return {name: figure.to_dict() for name, figure in figures.items() if figure.count}
