"""Wait for an external answer while checking for a stop."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")

_CHECK_SECONDS = 0.2
"""Seconds between two checks for a stop; cancelling takes no longer than this."""


def wait_interruptibly(ask: Callable[[], T], check: Callable[[], None]) -> T:
    """Return what `ask` returns; meanwhile call `check`, which may raise.

    An abandoned request cannot be cancelled: its thread ends with the request's own time-out,
    and its answer is dropped.
    """
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as error:  # noqa: BLE001  it is raised again below, whatever it is
            answers.put((None, error))

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="hosted", daemon=True).start()
    while True:
        try:
            answer, failed = answers.get(timeout=_CHECK_SECONDS)
        except queue.Empty:
            check()
            continue
        if failed is not None:
            raise failed
        return cast(T, answer)
