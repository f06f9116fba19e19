"""What an owner's jobs have used between two days, grouped."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from web.billing import usage
from web.billing.amounts import to_credits
from web.billing.models import ChargeLine

Group = Literal["day", "engine", "key", "project"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
COLUMNS: Final = ("group", "jobs", "credits", "computed", "reused", "failed")
_COLUMN: Final = {
    "day": ChargeLine.day,
    "engine": ChargeLine.engine,
    "key": ChargeLine.key_id,
    "project": ChargeLine.project_id,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days, the last one included, and how they are grouped."""

    first: date
    last: date
    group_by: Group


def of_owner(db: Session, owner: str, wanted: Wanted) -> list[dict[str, Any]]:
    """Sum the lines of receipts; runs that ended in these days (UTC) count."""
    column = _COLUMN[wanted.group_by]
    steps = {
        name: func.sum(case((ChargeLine.outcome.in_(outcomes), ChargeLine.steps), else_=0))
        for name, outcomes in (
            ("computed", [usage.COMPUTED]),
            ("reused", [usage.REUSED, usage.EARLIER]),
            ("failed", [usage.FAILED]),
        )
    }
    query = (
        select(
            column.label("group"),
            func.count(func.distinct(ChargeLine.job_id)).label("jobs"),
            func.sum(ChargeLine.amount).label("micro"),
            *(total.label(name) for name, total in steps.items()),
        )
        .where(
            ChargeLine.owner == owner,
            ChargeLine.day.between(wanted.first.isoformat(), wanted.last.isoformat()),
        )
        .group_by(column)
        .order_by(column)
    )
    return [
        {
            "group": row.group,
            "jobs": row.jobs,
            "credits": to_credits(int(row.micro)),
            "computed": int(row.computed),
            "reused": int(row.reused),
            "failed": int(row.failed),
        }
        for row in db.execute(query)
    ]


def to_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Write a report as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
