"""Drop the timers of tasks that have ended from the event loop of a worker.

Celery sets a timer for each time limit of a task, and cancels it when the task ends. kombu keeps a
cancelled timer until it would have been due, which for a stage is 5 to 30 minutes: thousands of
them, of half a kilobyte each.
"""

from __future__ import annotations

from typing import Any, Final

from celery import Celery, bootsteps
from kombu.asynchronous.timer import Timer

EVERY_SECONDS: Final = 30.0


def drop_cancelled(timer: Timer) -> int:
    """Drop the cancelled entries of a timer, from its own event loop; return how many."""
    left = [due for due in timer.queue if not due.entry.cancelled]
    dropped = len(timer) - len(left)
    if dropped:
        timer.clear()  # type: ignore[no-untyped-call]
        for due in left:
            timer.enter_at(due.entry, due.eta, due.priority)  # type: ignore[no-untyped-call]
    return dropped


def install(app: Celery) -> None:
    """Do so regularly in the workers of this application."""

    class DropCancelledTimers(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            timer = parent.timer
            self._next = timer.call_repeatedly(EVERY_SECONDS, drop_cancelled, (timer,))

        def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery passes it
            self._next.cancel()  # the next connection starts another

    app.steps["consumer"].add(DropCancelledTimers)
