"""What past calls say of each model: how long they took, and how many failed or were refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.hosted import Cause
from web.db.columns import now
from web.providers.calls import DONE, ENDED, FAILED
from web.providers.models import ProviderCall

WINDOW: Final = timedelta(days=14)
RECENT: Final = 10
"""The newest calls, which say whether a model works now."""
_FEWEST_RECENT: Final = 4
_MOST_ROWS: Final = 5000
_NOT_ITS_FAULT: Final = {Cause.INPUT, Cause.CANCELLED, Cause.MODERATION}


@dataclass(frozen=True, slots=True)
class Record:
    """The calls of one model in the last days."""

    calls: int = 0
    p50: float | None = None
    """Seconds from the request to the file."""
    p90: float | None = None
    failure_rate: float = 0.0
    """The share of calls that failed, without those that its users caused."""
    rejection_rate: float = 0.0
    """The share of calls that moderation refused."""
    recent_failures: float = 0.0
    """The share of failures among the newest calls, if there are enough."""
    marks: bool = False
    """Whether one of the newest clips had a logo or watermark of the provider."""


def records(db: Session) -> dict[str, Record]:
    """Return the record of each model that was called."""
    newest = (
        select(
            ProviderCall.model_id,
            ProviderCall.state,
            ProviderCall.cause,
            ProviderCall.created_at,
            ProviderCall.finished_at,
        )
        .where(ProviderCall.state.in_(ENDED), ProviderCall.finished_at >= now() - WINDOW)
        .order_by(ProviderCall.finished_at.desc())
        .limit(_MOST_ROWS)
    )
    rows = defaultdict(list)
    for model_id, state, cause, created, finished in db.execute(newest):
        seconds = (finished - created).total_seconds() if finished else 0.0
        rows[model_id].append((state, cause, seconds))
    return {model_id: _record(mine) for model_id, mine in rows.items()}


def _record(rows: Sequence[tuple[str, str, float]]) -> Record:
    seconds = sorted(took for state, _, took in rows if state == DONE)
    failed = [state == FAILED and cause not in _NOT_ITS_FAULT for state, cause, _ in rows]
    rejected = sum(cause == Cause.MODERATION for _, cause, _ in rows)
    recent = failed[:RECENT]
    return Record(
        calls=len(rows),
        p50=_quantile(seconds, 0.5),
        p90=_quantile(seconds, 0.9),
        failure_rate=sum(failed) / len(rows),
        rejection_rate=rejected / len(rows),
        recent_failures=sum(recent) / len(recent) if len(recent) >= _FEWEST_RECENT else 0.0,
        marks=any(cause == Cause.MARKED for _, cause, _ in rows[:RECENT]),
    )


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
