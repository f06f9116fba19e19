"""Real worker processes share a pretended card: models come, make room, and are forgotten."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest

from tasks.domain.job import JobState
from tasks.messaging.routing import unacked
from tasks.nodes.gpu_memory import Card, Model, Tenant
from tests.deployment import House
from tests.fleet.depot import again, card_of, model, start
from tests.services.waiting import until

SIZE = 10_000
MODELS = {
    "voice": model(6000, true=7000),
    "animate": model(5000, true=4000),
    "enhance": model(3000),
}


def test_environments_share_a_card(house: House) -> None:
    house.start_control()
    xtts = start(house, "xtts", MODELS, name="voices", card_mb=SIZE)
    start(house, "lite", MODELS, name="all the rest", card_mb=SIZE)
    ledger = Card(house.services.redis, card_of(xtts)["id"], SIZE)
    most = 0

    def ended(job_id: str) -> bool:
        nonlocal most
        most = max(most, sum(tenant.mb for tenant in ledger.tenants().values()))
        return JobState(house.job(job_id).state).terminal

    for number in range(2):
        _, job_id = house.submit(script="One scene is all there is to say.", seed=number)
        until(lambda job_id=job_id: ended(job_id), f"{job_id} ends", 60)  # type: ignore[misc]
        job = house.job(job_id)
        assert (job.state, job.attempt) == ("succeeded", 1), job.error_message
    # The voice was admitted by the 6000 it declares and measured to take 7000; from then on
    # it fits beside neither animation, which gave way to it in the second job.
    assert house.log.count("unloaded voice/simulated") == 2
    assert "unloaded animate/simulated" in house.log
    assert 7000 <= most <= SIZE
    assert {name: int(mb) for name, mb in _learned(house).items()} == {
        "declared/voice/simulated/idle": 7000,
        "declared/animate/simulated/idle": 4000,
        "declared/enhance/simulated/idle": 3000,
    }
    assert house.log.count("loading voice/simulated") == 2  # by either: both can
    until(lambda: "voice/simulated" not in _held(house), "heartbeats tell that it has gone")


def _held(house: House) -> set[str]:
    return {model for node in house.nodes() for model in card_of(node)["models"]}


def _learned(house: House) -> dict[str, str]:
    learned: dict[str, str] = house.services.redis.hgetall("callsheet:footprints")  # type: ignore[assignment]
    return learned


@pytest.mark.slow
def test_what_does_not_fit_beside_work_comes_back_and_counts_no_attempt(unhurried: House) -> None:
    house = unhurried
    house.start_control()
    start(house, "lite", {"voice": model(8000)}, name="first", card_mb=SIZE)
    start(house, "lite", {"voice": model(8000)}, name="second", card_mb=SIZE)
    _, job_id = house.submit()  # three voices, for which there is room one at a time
    job = house.until_ended(job_id)
    assert (job.state, job.attempt) == ("succeeded", 1), job.error_message
    assert job.failures == 0


@pytest.mark.slow
def test_what_falls_due_behind_long_work_goes_to_who_is_free(house: House) -> None:
    """The card was full, so three voices pause at the one worker there is; then it has room."""
    house.start_control()
    first = start(house, "lite", {"voice": model(8000, load=15)}, name="first", card_mb=SIZE)
    ledger = Card(house.services.redis, card_of(first)["id"], SIZE)
    others = Tenant((Model("others", "voice/other", 8000, 1.0, busy=True),))
    ledger.tell("others", others)
    _, job_id = house.submit()
    taken = unacked("lite")["unacked_key"]
    until(lambda: house.services.redis.hlen(taken) == 3, "all of them pause", 30)
    ledger.leave("others")
    house.until_running(job_id, "voice")  # it loads for longer than a silent step may be missed
    second = start(house, "lite", name="second")
    until(lambda: sum(_voices(house, job_id).values()) == 3, "all have spoken")
    assert _voices(house, job_id) == {first.name: 1, second.name: 2}
    job = house.until_ended(job_id)
    assert (job.state, job.attempt) == ("succeeded", 1), job.error_message


def _voices(house: House, job_id: str) -> Counter[str | None]:
    done = (r for r in house.runs(job_id) if (r.stage, r.state) == ("voice", "done"))
    return Counter(run.worker for run in done)


@pytest.mark.slow
def test_a_killed_workers_models_are_forgotten_with_its_heartbeat(house: House) -> None:
    house.start_control()
    first = start(house, "lite", {"voice": model(8000)}, name="first", card_mb=SIZE)
    _, job_id = house.submit(script="One scene.", seed=1)
    assert house.until_ended(job_id).state == "succeeded"
    ledger = Card(house.services.redis, card_of(first)["id"], SIZE)
    until(lambda: ledger.tenants()[first.name].mb == 8000, "the first holds the card")
    house.kill_tree("first")
    start(house, "lite", {"enhance": model(9000)}, name="second", card_mb=SIZE)
    _, job_id = house.submit(script="One scene.", seed=2)
    # The dead one does not answer when it is asked to make room; the step waits and then goes.
    job = house.until_ended(job_id, 90)
    assert (job.state, job.attempt) == ("succeeded", 1), job.error_message
    assert first.name not in ledger.tenants()


@pytest.mark.slow
def test_a_new_process_of_a_worker_begins_with_nothing(house: House) -> None:
    house.start_control()
    node = start(house, "lite", {"voice": model(8000)}, name="first", card_mb=SIZE)
    _, job_id = house.submit(script="One scene.", seed=1)
    assert house.until_ended(job_id).state == "succeeded"
    ledger = Card(house.services.redis, card_of(node)["id"], SIZE)
    until(lambda: ledger.tenants()[node.name].mb == 8000, "it holds the card")
    os.kill(again(house, node).pid, signal.SIGKILL)
    until(lambda: ledger.tenants()[node.name].mb == 0, "the new process has told of itself", 60)
