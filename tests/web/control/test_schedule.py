"""Duties come back after their interval, and not before."""

from __future__ import annotations

import pytest

from web.control.schedule import Duty, Schedule


class Clock:
    at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_duty_runs_at_once_and_again_after_its_interval() -> None:
    clock, ran = Clock(), list[str]()
    schedule = Schedule(clock)
    duties = [Duty("sweep", 5, lambda: None), Duty("trim", 60, lambda: None)]

    def run(duty: Duty) -> None:
        ran.append(duty.name)

    schedule.run_due(duties, run)
    clock.at += 4.9
    schedule.run_due(duties, run)
    assert ran == ["sweep", "trim"]
    clock.at += 0.1
    schedule.run_due(duties, run)
    assert ran == ["sweep", "trim", "sweep"]


def test_a_duty_that_was_begun_waits_for_its_interval() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    schedule.begin("sweep")
    assert not schedule.is_due("sweep", 5)
    clock.at += 5
    assert schedule.is_due("sweep", 5)
    assert schedule.take("sweep", 5)
    assert not schedule.take("sweep", 5)


def test_a_shorter_interval_counts_at_once() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    schedule.begin("clean")
    clock.at += 10
    assert not schedule.is_due("clean", 60)
    assert schedule.is_due("clean", 10)


def test_a_duty_that_fails_is_not_due_before_its_next_time() -> None:
    clock = Clock()
    schedule = Schedule(clock)

    def fail(_: Duty) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        schedule.run_due([Duty("watch", 5, lambda: None)], fail)
    assert not schedule.is_due("watch", 5)
