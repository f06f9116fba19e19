"""Leases on a real Redis: one holder at a time, kept alive while its work goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
import redis

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tasks.messaging.event_bus import EventBus, Progress
from tasks.messaging.stage_call import StageCall
from tasks.nodes import leases
from tasks.nodes.coordination import Coordination
from tasks.nodes.leases import (
    CHECKS_PER_SECOND,
    IDLE_CHECKS,
    Lease,
    Scripts,
    begin_delivery,
    read_delivery,
)
from tasks.nodes.warm_affinity import note_broken
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

KEY = "k" * 64
CALL = StageCall("job", 1, 1, "voice", 0)
OTHER = replace(CALL, job_id="other")
SECONDS = 0.9
STARTED = Event(EventType.STAGE_STARTED, "session", "job", "voice", 0)
COMPLETED = replace(STARTED, event_type=EventType.STAGE_COMPLETED)


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis_server.client() as client:
        yield client


class Recorder(Coordination):
    """Records renewals, and fails the first ones as it is told."""

    def __init__(self, client: redis.Redis, *failures: Exception) -> None:
        super().__init__(client)
        self.renewals = 0
        self.checks = 0
        self.failures = list(failures)

    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        if self.failures:
            raise self.failures.pop(0)
        super().renew(key, call, worker, seconds)
        self.renewals += 1

    def stopped(self, call: StageCall) -> bool:
        self.checks += 1
        return super().stopped(call)


class Clock:
    """Tells the time that a test gives it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Hesitant(Recorder):
    """Takes its time over each renewal."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client)
        self.renewing = threading.Event()

    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        self.renewing.set()
        threading.Event().wait(0.3)  # the work ends meanwhile
        super().renew(key, call, worker, seconds)


def test_a_second_worker_waits_until_the_first_releases_the_lease(
    client: redis.Redis,
) -> None:
    scripts = Scripts(client)
    assert scripts.acquire(KEY, CALL, "one", 60)
    assert not scripts.acquire(KEY, OTHER, "two", 60)
    assert client.get(keys.lease(KEY)) == CALL.task_id
    scripts.release(KEY, CALL, "one")
    assert scripts.acquire(KEY, OTHER, "two", 60)


def test_a_repeated_delivery_takes_its_own_lease(client: redis.Redis) -> None:
    scripts = Scripts(client)
    assert scripts.acquire(KEY, CALL, "one", 1)
    assert scripts.acquire(KEY, CALL, "one", 60)
    assert client.pttl(keys.lease(KEY)) > 50_000


def test_a_worker_that_lost_its_lease_leaves_that_of_its_successor(client: redis.Redis) -> None:
    scripts = Scripts(client)
    assert scripts.acquire(KEY, OTHER, "two", 60)
    scripts.release(KEY, CALL, "one")
    assert client.get(keys.lease(KEY)) == OTHER.task_id
    assert client.hget(keys.RUNNING_TASKS, "two") == OTHER.task_id


def test_a_worker_without_the_lease_does_not_report_the_task(client: redis.Redis) -> None:
    scripts = Scripts(client)
    assert scripts.acquire(KEY, CALL, "one", 60)
    assert not scripts.acquire(KEY, OTHER, "two", 60)
    assert client.hgetall(keys.RUNNING_TASKS) == {"one": CALL.task_id}


def test_a_lease_expires_with_its_worker(client: redis.Redis) -> None:
    assert Scripts(client).acquire(KEY, CALL, "one", 60)
    assert 0 < client.pttl(keys.lease(KEY)) <= 60_000


def test_a_lease_is_renewed_during_the_work_and_released_afterwards(client: redis.Redis) -> None:
    holder = Recorder(client)
    lease = Lease(holder, KEY, CALL, SECONDS, "one")
    assert lease.acquire(STARTED)
    with lease:
        until(lambda: holder.renewals >= 3, "it is renewed, and renewed again", 20)
        assert client.get(keys.lease(KEY)) == CALL.task_id
        assert client.exists(keys.step_heartbeat(CALL.task_id))
    assert not client.exists(keys.lease(KEY), keys.step_heartbeat(CALL.task_id))
    assert client.hgetall(keys.RUNNING_TASKS) == {}


def test_a_lease_is_checked_so_many_times_a_second_and_no_more(client: redis.Redis) -> None:
    holder, began = Recorder(client), time.monotonic()
    with Lease(holder, KEY, CALL, SECONDS, "one"):
        until(lambda: holder.renewals >= 2, "it is renewed again", 20)
        assert holder.checks <= CHECKS_PER_SECOND * (time.monotonic() - began) + 1


def test_a_lease_is_renewed_at_its_first_check_and_each_third_of_its_time(
    client: redis.Redis,
) -> None:
    clock, holder = Clock(), Recorder(client)
    lease = Lease(holder, KEY, CALL, 30.0, "one", clock=clock)
    for seconds, renewals in [(0.125, 0), (0.125, 1), (9.75, 1), (0.25, 2), (9.75, 2), (0.25, 3)]:
        clock.now += seconds
        lease.check()
        assert holder.renewals == renewals
    assert holder.checks == 5, "what has just begun was not stopped before"


@pytest.mark.parametrize("failure", [redis.ConnectionError("away"), ValueError("a bug")], ids=repr)
def test_a_lease_is_renewed_at_the_next_check_after_a_failure(
    client: redis.Redis, failure: Exception
) -> None:
    clock, holder = Clock(), Recorder(client)
    lease = Lease(holder, KEY, CALL, 30.0, "one", clock=clock)
    clock.now += 1
    lease.check()
    holder.failures = [failure]
    clock.now += 10
    lease.check()
    assert holder.renewals == 1
    lease.check()
    assert holder.renewals == 2


def test_a_lease_is_renewed_as_soon_as_redis_is_back(client: redis.Redis) -> None:
    """It may have lost everything."""
    clock = Clock()

    class Away(Recorder):
        def stopped(self, call: StageCall) -> bool:
            if self.failures:
                raise self.failures.pop()
            return super().stopped(call)

    holder = Away(client)
    lease = Lease(holder, KEY, CALL, 30.0, "one", clock=clock)
    clock.now += 1
    lease.check()
    holder.failures = [redis.ConnectionError("away")]
    lease.check()
    lease.check()
    assert holder.renewals == 2


@pytest.mark.parametrize("failure", [redis.ConnectionError("away"), ValueError("a bug")], ids=repr)
def test_a_failed_renewal_is_retried(client: redis.Redis, failure: Exception) -> None:
    holder = Recorder(client, failure, failure)
    with Lease(holder, KEY, CALL, SECONDS, "one"):
        until(lambda: holder.renewals > 0, "it is renewed all the same", 20)


def test_a_released_lease_is_not_renewed(client: redis.Redis) -> None:
    """Else a renewal under way would take back the lease that was just released."""
    holder = Hesitant(client)
    with Lease(holder, KEY, CALL, SECONDS, "one"):
        assert holder.renewing.wait(20)
    assert holder.renewals == 1
    assert not client.exists(keys.lease(KEY))


def test_the_start_is_emitted_by_the_worker_that_gets_the_lease(client: redis.Redis) -> None:
    bus = EventBus(client)
    bus.start_progress("job", 10, Progress())
    assert Lease(Coordination(client), KEY, CALL, 60, "one").acquire(STARTED)
    assert 50_000 < client.pttl(keys.lease(KEY)) <= 60_000
    assert not Lease(Coordination(client), KEY, OTHER, SECONDS, "two").acquire(STARTED)
    assert [event.event_type for event in bus.since("session", "0-0").events] == [
        STARTED.event_type
    ]
    assert client.hgetall(keys.RUNNING_TASKS) == {"one": CALL.task_id}


def test_the_last_event_releases_the_lease_even_during_a_renewal(client: redis.Redis) -> None:
    bus, holder = EventBus(client), Hesitant(client)
    bus.start_progress("job", 10, Progress())
    lease = Lease(holder, KEY, CALL, SECONDS, "one")
    assert lease.acquire(STARTED)
    with lease:
        assert holder.renewing.wait(20)
        emitted = lease.emit(COMPLETED, reference="once")
        assert not client.exists(keys.lease(KEY), keys.step_heartbeat(CALL.task_id))
        assert client.hgetall(keys.RUNNING_TASKS) == {}
        assert Scripts(client).acquire(KEY, OTHER, "one", 60)
    assert client.get(keys.lease(KEY)) == OTHER.task_id
    assert client.hgetall(keys.RUNNING_TASKS) == {"one": OTHER.task_id}, "its next step"
    assert bus.since("session", "0-0").events[-1] == emitted
    assert holder.renewals == 1
    assert not client.exists(keys.step_heartbeat(CALL.task_id)), "the renewal came before the end"


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_leases_share_a_thread_that_ends_when_there_is_none(client: redis.Redis) -> None:
    holder = Recorder(client)
    with Lease(holder, KEY, CALL, SECONDS, "one"), Lease(holder, "l" * 64, OTHER, SECONDS, "two"):
        until(lambda: holder.renewals >= 4, "both are renewed", 20)
        [thread] = _threads()
        assert thread.daemon, "it keeps no process from ending"
    until(lambda: not _threads(), "the thread ends", 20)


class Pauses:
    """The pauses between checks, each of which lasts until the test ends it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._begun, self._over = threading.Semaphore(0), threading.Semaphore(0)

    def wait(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._begun.release()
        self._over.acquire()

    def await_next(self) -> None:
        assert self._begun.acquire(timeout=20), "there is no other check"

    def end(self) -> None:
        self._over.release()


@pytest.mark.parametrize("checks", [0, 1])
def test_the_thread_ends_after_three_checks_without_a_lease(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch, checks: int
) -> None:
    until(lambda: not _threads(), "that of the last test has ended", 20)
    lease, pauses = Lease(Recorder(client), KEY, CALL, SECONDS, "one"), Pauses()
    told = SimpleNamespace(Event=lambda: pauses, Thread=threading.Thread)
    monkeypatch.setattr(leases, "threading", told)
    with lease:
        pauses.await_next()
        for _ in range(checks):
            pauses.end()
            pauses.await_next()
    for _ in range(IDLE_CHECKS - 1):
        pauses.end()
        pauses.await_next()
    pauses.end()
    until(lambda: not _threads(), "the thread ends", 20)
    assert pauses.seconds == [1 / CHECKS_PER_SECOND] * (checks + IDLE_CHECKS)


def test_a_stopped_job_is_noticed_at_the_next_check(client: redis.Redis) -> None:
    ended = threading.Event()
    lease = Lease(Coordination(client), KEY, CALL, SECONDS, "one")
    lease.on_stop = ended.set
    with lease:
        assert not lease.stopped.wait(2 / CHECKS_PER_SECOND)
        client.set(keys.stop(CALL.job_id), CALL.attempt)
        assert lease.stopped.wait(20)
        assert ended.wait(20)


@pytest.mark.parametrize(
    ("known", "runs"),
    [
        ({}, True),
        ({keys.attempt("job"): "1"}, True),
        ({keys.attempt("job"): "2"}, False),
        ({keys.stop("job"): "0"}, True),
        ({keys.stop("job"): "1"}, False),
        ({keys.stop("job"): "2"}, False),
        ({keys.attempt("job"): "no number", keys.stop("job"): ""}, True),
        ({keys.stop("other"): "9"}, True),
    ],
)
def test_a_delivered_task_runs_unless_it_was_stopped_or_is_of_an_older_attempt(
    client: redis.Redis, known: dict[str, str], runs: bool
) -> None:
    for key, value in known.items():
        client.set(key, value)
    assert begin_delivery(client, CALL, SECONDS).should_run is runs
    assert read_delivery(client, CALL).should_run is runs


def test_a_delivered_task_is_held_and_knows_where_its_engine_failed(client: redis.Redis) -> None:
    assert read_delivery(client, CALL).failed_on == frozenset()
    note_broken(client, CALL.task_id, "lite@one")
    assert note_broken(client, CALL.task_id, "lite@two") == {"lite@one", "lite@two"}
    note_broken(client, OTHER.task_id, "lite@three")
    assert not client.exists(keys.step_heartbeat(CALL.task_id))
    assert begin_delivery(client, CALL, 3600.0).failed_on == {"lite@one", "lite@two"}
    assert 3_590_000 < client.pttl(keys.step_heartbeat(CALL.task_id)) <= 3_600_000
    assert read_delivery(client, CALL).failed_on == {"lite@one", "lite@two"}
