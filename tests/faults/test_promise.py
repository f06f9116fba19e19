"""What was answered 202 ends well, whoever dies meanwhile: the short list, in every run."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from config.stages import STAGES
from tests.deployment import House
from tests.faults.promise import assert_kept
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.faults  # as rows of tests/faults/test_matrix.py that are in every run
def test_a_worker_process_is_killed_in_mid_stage(unhurried: House) -> None:
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_running(job_id, "animate")
        victim = until(
            lambda: next((n for n in house.nodes() if ".animate." in n.doing), None),
            "a heartbeat says who animates",
        )
        os.kill(victim.pid, signal.SIGKILL)
        assert_kept(house, job_id, heard)


@pytest.mark.faults
def test_a_worker_machine_dies_in_mid_stage(unhurried: House) -> None:
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_running(job_id, "enhance")
        house.kill_tree("worker-0")
        assert_kept(house, job_id, heard)
    assert house.job(job_id).attempt > 1


@pytest.mark.parametrize("how", [pytest.param("stop", marks=pytest.mark.faults), "kill"])
def test_redis_restarts_in_mid_chord(unhurried: House, how: str) -> None:
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        getattr(house.redis_server, how)()
        house.redis_server.start()
        assert_kept(house, job_id, heard)


def test_redis_is_wiped_in_mid_chord(unhurried: House) -> None:
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        house.redis_server.flush()
        assert_kept(house, job_id, heard)


def test_control_is_killed_and_its_standby_takes_over(unhurried: House) -> None:
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        house.start_control("standby")
        house.kill("control")
        assert_kept(house, job_id, heard)


@pytest.mark.faults
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_control_stands_still_and_its_standby_takes_over(
    tmp_path: Path, redis_server: RedisServer, database: str, request: pytest.FixtureRequest
) -> None:
    extra = {"SIMULATION_SPEED": "0.02"}
    if database == "postgresql":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with House(tmp_path, redis_server, **extra) as house, house.listener() as heard:
        house.start_control()
        house.start_workers("lite", "lite")
        _, job_id = house.submit()
        house.until_done(job_id, "voice")
        house.start_control("standby")
        frozen = house.process("control")
        frozen.suspend()
        assert_kept(house, job_id, heard)
        with suppress(psutil.NoSuchProcess):
            frozen.resume()  # what it does as it wakes harms nobody
        _, again = house.submit(script="Another one, after that.")
        assert_kept(house, again, heard)


def test_redis_is_away_when_the_job_is_accepted(unhurried: House) -> None:
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    house.redis_server.kill()
    _, job_id = house.submit()
    assert not house.job(job_id).published
    house.redis_server.start()
    with house.listener() as heard:
        assert_kept(house, job_id, heard)


def expect_short_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other canvas: the plan expects less of script and voices than of the face."""
    brief = {name: replace(STAGES[name], seconds=s) for name, s in (("script", 1), ("voice", 5))}
    monkeypatch.setattr("tasks.domain.planner.STAGES", STAGES | brief)


@pytest.mark.faults
def test_voices_beside_the_portrait_need_no_second_attempt(
    unhurried: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chord that begins its body too early, or never, would be mended without a word."""
    expect_short_voices(monkeypatch)
    house = unhurried
    house.start_control()
    house.start_workers("lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        assert_kept(house, job_id, heard)
    assert house.job(job_id).attempt == 1
    _, again = house.submit()  # finds it all
    assert house.until_ended(again).attempt == 1


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "wipe"])
def test_trouble_while_voices_are_spoken_beside_the_portrait(
    unhurried: House, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_short_voices(monkeypatch)
    house = unhurried
    house.start_control()
    house.start_workers("lite", "lite")
    with house.listener() as heard:
        _, job_id = house.submit()
        house.until_running(job_id, "voice")
        if how == "kill":
            house.kill_tree("worker-0")
        else:
            house.redis_server.flush()
        assert_kept(house, job_id, heard)
