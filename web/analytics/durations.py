"""Durations in SQL, alike on SQLite and PostgreSQL: seconds between two times, and their bucket."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.sql.sqltypes import Integer

from web.analytics.figures import BOUNDS


class seconds_between(FunctionElement[float]):  # noqa: N801  a function of SQL
    """The seconds from one time to another; never less than 0."""

    type = Float()
    inherit_cache = True


class bucket_of(FunctionElement[int]):  # noqa: N801  a function of SQL
    """The bucket that a number of seconds belongs to (`web.analytics.figures.bucket`)."""

    type = Integer()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(one, **options) for one in element.clauses)
    return f"max(0.0, (julianday({end}) - julianday({begin})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(one, **options) for one in element.clauses)
    return f"greatest(0.0, extract(epoch FROM ({end} - {begin}))::float8)"


@compiles(bucket_of)
def _bucket(element: Any, compiler: Any, **options: Any) -> str:
    """Halve the bounds again and again: six comparisons instead of eighty."""
    (seconds,) = (compiler.process(one, **options) for one in element.clauses)
    return _search(seconds, 0, len(BOUNDS))


def _search(seconds: str, low: int, high: int) -> str:
    if low == high:
        return str(low)
    middle = (low + high) // 2
    left, right = _search(seconds, low, middle), _search(seconds, middle + 1, high)
    return f"CASE WHEN {seconds} <= {BOUNDS[middle]!r} THEN {left} ELSE {right} END"


def named(name: str) -> ColumnElement[Any]:
    """Refer to a column of the query by its label, to group by it."""
    return literal_column(name)
