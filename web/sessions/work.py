"""Work in a session: the domains that run it declare it here, so that sessions know none of them.

A session with work is in use, and while its work is open it is not idle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, false, func, or_


@dataclass(frozen=True, slots=True)
class Work:
    """Conditions on the `UserSession` of the query that they are used in."""

    exists: ColumnElement[bool]
    is_open: ColumnElement[bool]
    last_end: ScalarSelect[datetime | None]


_declared: Final[list[Work]] = []


def declare(work: Work) -> None:
    """Let a kind of work count; called once, beside the tables that it is read from."""
    _declared.append(work)


def any_work() -> ColumnElement[bool]:
    """Return the condition under which a session has or had work."""
    return or_(false(), *(work.exists for work in _declared))


def open_work() -> ColumnElement[bool]:
    """Return the condition under which a session has work that has not ended."""
    return or_(false(), *(work.is_open for work in _declared))


def recent_work(since: datetime) -> ColumnElement[bool]:
    """Return the condition under which a session has work that is open or has ended since then."""
    ended = (func.coalesce(end >= since, false()) for end in last_ends())
    return or_(open_work(), *ended)


def last_ends() -> Sequence[ScalarSelect[datetime | None]]:
    """Return when the last work of each kind ended."""
    return [work.last_end for work in _declared]
