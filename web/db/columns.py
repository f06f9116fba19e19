"""Column types and defaults that several tables share."""

from __future__ import annotations

import math
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A time stored in UTC; SQLite drops the time zone, so reading adds it again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is None:
            return value
        try:
            return value.astimezone(UTC)
        except OverflowError:  # within hours of the earliest or the latest date
            return value.replace(tzinfo=UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Create an id of 128 random bits."""
    return secrets.token_hex(16)


def new_job_id() -> str:
    """Create a shorter id for task ids that people read; it cannot be guessed either."""
    return secrets.token_hex(10)


def read_number(value: Any) -> float:
    """Read a number from a column; SQLite keeps whatever it was given."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0
