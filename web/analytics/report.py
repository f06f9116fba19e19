"""The operators' report of the last days, added up from daily figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from config.stages import STAGES
from web.analytics.daily import PEOPLE_DAYS, Figures
from web.analytics.figures import Figure
from web.analytics.models import DailyFigures
from web.analytics.prices import cost
from web.billing.amounts import to_credits
from web.jobs.feedback import PROBLEMS
from web.jobs.models import JobFeedback

COMMENTS: Final = 20
ROUTES: Final = 20
ENDS: Final = ("succeeded", "failed", "cancelled")
_NONE: Final = Figure()

Kinds = Mapping[str, Figures]
"""Figures by kind and name."""


def report(db: Session, settings: Settings, days: int, today: date) -> dict[str, Any]:
    """Report the last days, today included; a day without figures has zeros."""
    first = today - timedelta(days=days - 1)
    by_day, computed_at = _read(db, first, today)
    whole = _sum(by_day.values())
    listed = [first + timedelta(days=number) for number in range(days)]
    return {
        "since": first,
        "until": today,
        "computed_at": computed_at,
        **_totals(whole, settings),
        "people": _people(by_day),
        "stages": _stages(whole),
        "failures": _failures(whole),
        "requests": _requests(whole),
        "feedback": _feedback(whole) | {"comments": _comments(db)},
        "days": [{"day": day, **_day(by_day.get(day.isoformat(), {}), settings)} for day in listed],
    }


def _read(
    db: Session, first: date, last: date
) -> tuple[dict[str, dict[str, Figures]], datetime | None]:
    columns = DailyFigures.day, DailyFigures.kind, DailyFigures.figures, DailyFigures.computed_at
    within = DailyFigures.day.between(first.isoformat(), last.isoformat())
    by_day: dict[str, dict[str, Figures]] = defaultdict(dict)
    computed: list[datetime] = []
    for day, kind, figures, computed_at in db.execute(select(*columns).where(within)):
        by_day[day][kind] = {name: Figure.from_dict(raw) for name, raw in figures.items()}
        computed.append(computed_at)
    return by_day, max(computed, default=None)


def _sum(days: Iterable[Kinds]) -> dict[str, Figures]:
    whole: dict[str, Figures] = defaultdict(lambda: defaultdict(Figure))
    for kinds in days:
        for kind, figures in kinds.items():
            for name, figure in figures.items():
                whole[kind][name].merge(figure)
    return whole


def _get(kinds: Kinds, kind: str, name: str = "") -> Figure:
    return kinds.get(kind, {}).get(name, _NONE)


def _totals(kinds: Kinds, settings: Settings) -> dict[str, Any]:
    """Return what is reported of the whole period and of each day alike."""
    ends = {state: _get(kinds, "jobs", state).count for state in ENDS}
    asked, began = (_get(kinds, "estimates", name).count for name in ("asked", "started"))
    return {
        "jobs": {
            "started": _get(kinds, "jobs", "started").count,
            **ends,
            "success_rate": _share(ends["succeeded"], ends["succeeded"] + ends["failed"]),
        },
        "video_seconds": _quantiles(_get(kinds, "video_seconds")),
        "wait_seconds": _quantiles(_get(kinds, "wait_seconds")),
        "estimates": {"people": asked, "started": began, "conversion": _share(began, asked)},
        "cost": _cost(kinds, settings, ends["succeeded"]),
        "credits": _credits(kinds),
    }


def _day(kinds: Kinds, settings: Settings) -> dict[str, Any]:
    served = Figure()
    for figure in kinds.get("requests", {}).values():
        served.merge(figure)
    score = _get(kinds, "feedback", "score")
    return {
        **_totals(kinds, settings),
        "people": _get(kinds, "people", "day").count,
        "requests": {"count": served.count, **_quantiles(served)},
        "score": _rounded(score.mean),
        "ratings": score.count,
    }


def _cost(kinds: Kinds, settings: Settings, videos: int) -> dict[str, Any]:
    work = cost(kinds.get("engines", {}), kinds.get("lengths", {}), settings.prices)
    return {
        "currency": settings.currency,
        "amount": _rounded(work.amount, 4),
        "per_video": _rounded(_ratio(work.amount, videos), 4),
        "gpu_hours": round(work.gpu_hours, 4),
        "cpu_hours": round(work.cpu_hours, 4),
        "per_gpu_hour": _rounded(_ratio(work.amount, work.gpu_hours), 4),
        "videos_per_gpu_hour": _rounded(_ratio(videos, work.gpu_hours)),
    }


def _credits(kinds: Kinds) -> dict[str, Any]:
    charged = _get(kinds, "credits", "charged")
    amount = to_credits(int(charged.total))
    gpu_hours = cost(kinds.get("engines", {}), {}, ()).gpu_hours
    return {
        "charged": amount,
        "videos": charged.count,
        "per_video": _rounded(_ratio(amount, charged.count), 6),
        "per_gpu_hour": _rounded(_ratio(amount, gpu_hours), 6),
    }


def _people(by_day: Mapping[str, Kinds]) -> dict[str, int]:
    """Return the newest counts of people: of a day, its week and its month."""
    newest = max((day for day in by_day if "people" in by_day[day]), default=None)
    kinds: Kinds = by_day[newest] if newest else {}
    return {name: _get(kinds, "people", name).count for name in PEOPLE_DAYS}


def _stages(kinds: Kinds) -> list[dict[str, Any]]:
    return [
        {
            "stage": stage,
            "runs": _get(kinds, "stages", stage).count,
            **_quantiles(_get(kinds, "stages", stage)),
        }
        for stage in STAGES
    ]


def _failures(kinds: Kinds) -> list[dict[str, Any]]:
    found = kinds.get("failures", {})
    rows = [{"code": code, "jobs": figure.count} for code, figure in found.items()]
    return sorted(rows, key=lambda row: (-int(str(row["jobs"])), row["code"]))


def _requests(kinds: Kinds) -> list[dict[str, Any]]:
    """Report the routes that are used most."""
    served = sorted(kinds.get("requests", {}).items(), key=lambda item: -item[1].count)
    return [
        {
            "route": route,
            "count": figure.count,
            "failed": _get(kinds, "failed_requests", route).count,
            **_quantiles(figure),
        }
        for route, figure in served[:ROUTES]
    ]


def _feedback(kinds: Kinds) -> dict[str, Any]:
    score = _get(kinds, "feedback", "score")
    problems = {name: _get(kinds, "feedback", name).count for name in PROBLEMS}
    return {
        "ratings": score.count,
        "score": _rounded(score.mean),
        "scores": [_get(kinds, "feedback", f"score {number}").count for number in range(1, 6)],
        "problems": [
            {"problem": name, "count": count}
            for name, count in sorted(problems.items(), key=lambda item: -item[1])
            if count
        ],
    }


def _comments(db: Session) -> list[dict[str, Any]]:
    """Return the newest words of owners."""
    query = select(JobFeedback).where(JobFeedback.words != "")
    newest_first = JobFeedback.created_at.desc(), JobFeedback.job_id.desc()
    return [
        {"job_id": one.job_id, "score": one.score, "words": one.words, "at": one.changed_at}
        for one in db.scalars(query.order_by(*newest_first).limit(COMMENTS))
    ]


def _quantiles(figure: Figure) -> dict[str, float | None]:
    return {
        "p50": _rounded(figure.quantile(0.5)),
        "p90": _rounded(figure.quantile(0.9)),
        "p99": _rounded(figure.quantile(0.99)),
        "mean": _rounded(figure.mean),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _ratio(value: float | None, by: float) -> float | None:
    return None if value is None or not by else value / by


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
