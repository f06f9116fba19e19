"""A worker whose loop stands still ends, unless it is Redis that it waits for."""

from __future__ import annotations

from collections.abc import Callable

import redis

from gpu_worker.process.watchdog import CHECK_SECONDS, HANG_SECONDS, Watchdog

CHECKS = int(HANG_SECONDS / CHECK_SECONDS)


class _Redis:
    """Answers, or not."""

    there = True

    def ping(self) -> bool:
        if not self.there:
            raise redis.ConnectionError
        return True


class _Timer:
    """Of a loop that turns when it is told to."""

    def call_repeatedly(self, _seconds: float, call: Callable[[], None]) -> None:
        self.turn = call


def _watched() -> tuple[Watchdog, _Redis, _Timer]:
    there, timer = _Redis(), _Timer()
    watchdog = Watchdog(there)  # type: ignore[arg-type]  # the one call that it makes
    watchdog.begin(timer)
    return watchdog, there, timer


def test_a_hanging_event_loop_ends_the_worker() -> None:
    watchdog, _, _ = _watched()
    assert [watchdog.hangs() for _ in range(CHECKS)] == [False] * (CHECKS - 1) + [True]


def test_a_running_event_loop_does_not_end_the_worker() -> None:
    watchdog, _, timer = _watched()
    for _ in range(3 * CHECKS):
        timer.turn()
        assert not watchdog.hangs()


def test_waiting_for_redis_does_not_end_the_worker() -> None:
    watchdog, there, _ = _watched()
    there.there = False
    assert not any(watchdog.hangs() for _ in range(3 * CHECKS))


def test_reconnecting_does_not_end_the_worker() -> None:
    watchdog, _, _ = _watched()
    watchdog.pause()
    assert not any(watchdog.hangs() for _ in range(3 * CHECKS))
