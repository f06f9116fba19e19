"""The ids that every log line of a thread carries.

An HTTP request sets them, a Celery message carries them in its header, and the worker sets
them again: one id finds all log lines of a job, in whatever process.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

IDS: Final = ("request_id", "trace_id", "session_id", "job_id", "stage", "scene", "attempt")
"""In the order in which a log line shows them."""

HEADER: Final = "callsheet"
"""The Celery message header that holds the ids of `message_ids`."""

_IN_MESSAGES: Final = ("request_id", "session_id")
"""The other ids are in the message itself."""

_bound: ContextVar[Mapping[str, str]] = ContextVar("log_context", default={})  # noqa: B039  never changed


def bind(**ids: object) -> None:
    """Set ids for this thread; an id that is None or empty changes nothing."""
    _bound.set(_with(ids))


@contextmanager
def bound(**ids: object) -> Iterator[None]:
    """Set ids for the length of a block.

    >>> with bound(job_id="7f", scene=0):
    ...     ids()
    {'job_id': '7f', 'scene': '0'}
    >>> ids()
    {}
    """
    token = _bound.set(_with(ids))
    try:
        yield
    finally:
        _bound.reset(token)


def forget() -> None:
    """Clear all ids, before a thread serves its next request."""
    _bound.set({})


def ids() -> dict[str, str]:
    """Return the ids that are set."""
    return dict(_bound.get())


def message_ids() -> dict[str, str]:
    """Return the ids to put into a message header."""
    return {name: value for name, value in _bound.get().items() if name in _IN_MESSAGES}


class Ids(logging.Filter):
    """Adds the ids of the current thread to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _bound.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def _with(new: Mapping[str, object]) -> dict[str, str]:
    present = {name: str(value) for name, value in new.items() if value not in (None, "")}
    return {**_bound.get(), **present}
