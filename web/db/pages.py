"""Paginate long lists, newest first, by a cursor: the last row of a page, so that none is skipped.

Every page costs the same if an index has the order of the list.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import Session

from tasks.domain.errors import ValidationFailed
from web.db.columns import Moment

_ID: Final = re.compile(r"\w+", re.ASCII)


class Listed(Protocol):
    """A row of a list."""

    id: Any
    created_at: Any


Row = TypeVar("Row", bound=Listed)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and where the next page begins."""

    rows: list[Row]
    next_cursor: str | None


def newest_first(
    db: Session,
    query: Select[Row],
    table: type[Row],
    *,
    cursor: str | None,
    limit: int,
) -> Page[Row]:
    """Get one page of a query."""
    if cursor is not None:
        last = _decoded(cursor)
        place = tuple_(literal(last[0], Moment), literal(last[1]))
        query = query.where(tuple_(table.created_at, table.id) < place)
    rows = list(
        db.scalars(query.order_by(table.created_at.desc(), table.id.desc()).limit(limit + 1))
    )
    more = len(rows) > limit
    return Page(rows[:limit], _encoded(rows[limit - 1]) if more else None)


def _encoded(row: Listed) -> str:
    text = json.dumps([row.created_at.isoformat(), row.id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        created_at, row_id = json.loads(text)
        moment = datetime.fromisoformat(created_at)
        if (
            moment.tzinfo is None
            or not isinstance(row_id, str)
            or not row_id.replace("_", "").isalnum()
        ):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        message = "Send the `next_cursor` of an earlier page."
        raise ValidationFailed(errors=[{"field": "cursor", "message": message}]) from None
    return moment, row_id
