"""What was answered 202 ends well, whoever dies meanwhile: the short list, in every run."""

from __future__ import annotations

import os
import signal
from collections import Counter
from itertools import pairwise

import pytest

from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobState
from tests.house import House
from tests.services.waiting import until

pytestmark = pytest.mark.timeout(180)


def assert_kept(house: House, job_id: str, heard: list[Event]) -> None:
    """The promise, read from the ledger and from what a client heard."""
    job = house.until_ended(job_id, 90)
    assert job.state == JobState.SUCCEEDED, job.error_message
    until(lambda: any(e.event_type.terminal for e in heard), "the client hears the end")

    runs = house.runs(job_id)
    assert {run.state for run in runs} == {"done"}
    assert len({run.step for run in runs}) == len(runs)

    once = {event.event_id: event for event in heard}
    ids = [id_order(event_id) for event_id in once]
    assert all(a < b for a, b in pairwise(ids)), "ids rise"
    percents = [event.progress_percent for event in once.values()]
    assert all(a <= b for a, b in pairwise(percents)), percents
    ends = [event for event in once.values() if event.event_type.terminal]
    assert [event.event_type for event in ends] == [EventType.PIPELINE_COMPLETED]
    assert list(once.values())[-1] is ends[0]
    completed = Counter(
        (event.stage, event.scene)
        for event in once.values()
        if event.event_type is EventType.STAGE_COMPLETED
    )
    assert set(completed.values()) == {1}, "each step is completed once"
    assert len(completed) == len(runs)


def test_a_worker_process_is_killed_in_mid_stage(house: House) -> None:
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_running(job_id, "animate")
        victim = next(n for n in house.nodes() if ".animate." in n.doing)
        os.kill(victim.pid, signal.SIGKILL)
        assert_kept(house, job_id, heard)


def test_a_worker_machine_dies_in_mid_stage(house: House) -> None:
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_running(job_id, "enhance")
        house.kill_tree("worker-0")
        assert_kept(house, job_id, heard)
    assert house.job(job_id).attempt > 1


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_redis_restarts_in_mid_chord(house: House, how: str) -> None:
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        getattr(house.redis_server, how)()
        house.redis_server.start()
        assert_kept(house, job_id, heard)


def test_redis_is_wiped_in_mid_chord(house: House) -> None:
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        house.redis_server.flush()
        assert_kept(house, job_id, heard)


def test_control_is_killed_and_its_standby_takes_over(house: House) -> None:
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        house.start_control("standby")
        house.kill("control")
        assert_kept(house, job_id, heard)


def test_redis_is_away_when_the_job_is_accepted(house: House) -> None:
    house.start_control()
    house.start_workers("lite", "lite")
    house.redis_server.kill()
    _, job_id = house.submit()
    assert not house.job(job_id).published
    house.redis_server.start()
    with house.listener() as heard:
        assert_kept(house, job_id, heard)
