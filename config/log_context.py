"""On whose behalf a thread works: the ids that every line of its log carries.

They begin with an HTTP request, travel in the header of a Celery message, and are taken
up again by the worker, so one id finds the whole way of a job in the logs of all processes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

IDS: Final = ("request_id", "trace_id", "session_id", "job_id", "stage", "scene", "attempt")
"""In the order in which a line shows them."""

HEADER: Final = "callsheet"
"""Of a Celery message: what `travelling` gave."""

_TRAVELLING: Final = ("request_id", "session_id")
"""The rest is in the message itself."""

_bound: ContextVar[Mapping[str, str]] = ContextVar("log_context", default={})  # noqa: B039  never changed


def bind(**ids: object) -> None:
    """From here on in this thread; an id that is None or empty leaves what is bound."""
    _bound.set(_with(ids))


@contextmanager
def bound(**ids: object) -> Iterator[None]:
    """For the length of a block.

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
    """A thread that serves one request after the other begins anew."""
    _bound.set({})


def ids() -> dict[str, str]:
    """What is bound now."""
    return dict(_bound.get())


def travelling() -> dict[str, str]:
    """What goes along with a message."""
    return {name: value for name, value in _bound.get().items() if name in _TRAVELLING}


class Ids(logging.Filter):
    """Gives each record the ids of the thread that wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _bound.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def _with(new: Mapping[str, object]) -> dict[str, str]:
    present = {name: str(value) for name, value in new.items() if value not in (None, "")}
    return {**_bound.get(), **present}
