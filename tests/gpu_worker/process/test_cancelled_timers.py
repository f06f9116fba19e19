"""Timers of tasks that have ended are dropped, and all others fire when they are due."""

from __future__ import annotations

from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from kombu.asynchronous.timer import Timer

from gpu_worker.process import cancelled_timers
from gpu_worker.process.cancelled_timers import drop_cancelled


def _timer() -> Any:
    return Timer()  # type: ignore[no-untyped-call]  # kombu has few types


def test_cancelled_timers_are_dropped_and_the_others_kept_in_order() -> None:
    timer, fired = _timer(), list[int]()
    entries = [timer.call_at(moment, fired.append, (moment,)) for moment in (5, 1, 4, 2, 3)]
    far = timer.call_after(1800, fired.append, (0,))
    for entry in (*entries[1:3], far):
        entry.cancel()
    assert drop_cancelled(timer) == 3
    assert len(timer) == 2 + 1  # what was not cancelled
    for _, entry in islice(timer, 3):
        timer.apply_entry(entry)
    assert fired == [2, 3, 5]
    assert drop_cancelled(timer) == 0


def test_they_are_dropped_while_the_loop_fires_timers() -> None:
    timer = _timer()
    fired: list[str] = []
    for _ in range(1000):
        timer.call_after(300, fired.append, ("cancelled",)).cancel()
    timer.call_at(1, drop_cancelled, (timer,))
    timer.call_at(2, fired.append, ("due",))
    for _, entry in islice(timer, 2):
        timer.apply_entry(entry)
    assert (fired, len(timer)) == (["due"], 0)


def test_a_worker_drops_them_regularly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelled_timers, "EVERY_SECONDS", 1e-9)
    app, timer = Celery(set_as_current=False), _timer()
    cancelled_timers.install(app)
    [step] = app.steps["consumer"]
    consumer = SimpleNamespace(timer=timer)
    begun = step(consumer)
    begun.start(consumer)
    for _ in range(2):
        timer.call_after(300, print).cancel()
        assert len(timer) == 2
        _, entry = next(iter(timer))
        timer.apply_entry(entry)
        assert len(timer) == 1  # its own next call
    begun.stop(consumer)
    assert drop_cancelled(timer) == 1
