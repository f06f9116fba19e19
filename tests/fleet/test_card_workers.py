"""Real worker processes share a pretended card: models come, make room, and are forgotten."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest

from tasks.domain.job import JobState
from tasks.messaging.routing import unacked
from tasks.nodes.gpu_memory import GpuMemoryTable, Model, WorkerUsage
from tests.deployment import Deployment
from tests.fleet.depot import again, card_of, model, start
from tests.services.waiting import until

SIZE = 10_000
MODELS = {
    "voice": model(6000, true=7000),
    "animate": model(5000, true=4000),
    "enhance": model(3000),
}


def test_environments_share_a_card(deployment: Deployment) -> None:
    deployment.start_control()
    xtts = start(deployment, "xtts", MODELS, name="voices", card_mb=SIZE)
    start(deployment, "lite", MODELS, name="all the rest", card_mb=SIZE)
    ledger = GpuMemoryTable(deployment.services.redis, card_of(xtts)["id"], SIZE)
    most = 0

    def ended(job_id: str) -> bool:
        nonlocal most
        most = max(most, sum(tenant.mb for tenant in ledger.tenants().values()))
        return JobState(deployment.job(job_id).state).terminal

    for number in range(2):
        _, job_id = deployment.submit(script="One scene is all there is to say.", seed=number)
        until(lambda job_id=job_id: ended(job_id), f"{job_id} ends", 60)  # type: ignore[misc]
        job = deployment.job(job_id)
        assert (job.state, job.attempt) == ("succeeded", 1), job.error_message
    # The voice was admitted by the 6000 it declares and measured to take 7000; from then on
    # it fits beside neither animation, which gave way to it in the second job.
    assert _logged(deployment, "model unloaded for another worker", "model=voice/simulated") == 2
    assert _logged(deployment, "model unloaded for another worker", "model=animate/simulated")
    assert 7000 <= most <= SIZE
    assert {name: int(mb) for name, mb in _learned(deployment).items()} == {
        "declared/voice/simulated/idle": 7000,
        "declared/animate/simulated/idle": 4000,
        "declared/enhance/simulated/idle": 3000,
    }
    # By either: both can.
    assert _logged(deployment, "engine loads", "engine=voice/simulated") == 2
    until(lambda: "voice/simulated" not in _held(deployment), "heartbeats tell that it has gone")


def _logged(deployment: Deployment, event: str, field: str) -> int:
    """Count the log lines of an event with this field."""
    return sum(f": {event} [" in line and field in line for line in deployment.log.splitlines())


def _held(deployment: Deployment) -> set[str]:
    return {model for node in deployment.nodes() for model in card_of(node)["models"]}


def _learned(deployment: Deployment) -> dict[str, str]:
    learned: dict[str, str] = deployment.services.redis.hgetall("callsheet:footprints")  # type: ignore[assignment]
    return learned


@pytest.mark.slow
def test_what_does_not_fit_beside_work_comes_back_and_counts_no_attempt(
    slow_deployment: Deployment,
) -> None:
    deployment = slow_deployment
    deployment.start_control()
    start(deployment, "lite", {"voice": model(8000)}, name="first", card_mb=SIZE)
    start(deployment, "lite", {"voice": model(8000)}, name="second", card_mb=SIZE)
    _, job_id = deployment.submit()  # three voices, for which there is room one at a time
    job = deployment.until_ended(job_id)
    assert (job.state, job.attempt) == ("succeeded", 1), job.error_message
    assert job.failures == 0


@pytest.mark.slow
def test_what_falls_due_behind_long_work_goes_to_who_is_free(deployment: Deployment) -> None:
    """The card was full, so three voices pause at the one worker there is; then it has room."""
    deployment.start_control()
    first = start(deployment, "lite", {"voice": model(8000, load=15)}, name="first", card_mb=SIZE)
    ledger = GpuMemoryTable(deployment.services.redis, card_of(first)["id"], SIZE)
    others = WorkerUsage((Model("others", "voice/other", 8000, 1.0, busy=True),))
    ledger.report("others", others)
    _, job_id = deployment.submit()
    taken = unacked("lite")["unacked_key"]
    until(lambda: deployment.services.redis.hlen(taken) == 3, "all of them pause", 30)
    ledger.leave("others")
    deployment.until_running(
        job_id, "voice"
    )  # it loads for longer than a silent step may be missed
    second = start(deployment, "lite", name="second")
    until(lambda: sum(_voices(deployment, job_id).values()) == 3, "all have spoken")
    assert _voices(deployment, job_id) == {first.name: 1, second.name: 2}
    job = deployment.until_ended(job_id)
    assert (job.state, job.attempt) == ("succeeded", 1), job.error_message


def _voices(deployment: Deployment, job_id: str) -> Counter[str | None]:
    done = (r for r in deployment.runs(job_id) if (r.stage, r.state) == ("voice", "done"))
    return Counter(run.worker for run in done)


@pytest.mark.slow
def test_a_killed_workers_models_are_forgotten_with_its_heartbeat(deployment: Deployment) -> None:
    deployment.start_control()
    first = start(deployment, "lite", {"voice": model(8000)}, name="first", card_mb=SIZE)
    _, job_id = deployment.submit(script="One scene.", seed=1)
    assert deployment.until_ended(job_id).state == "succeeded"
    ledger = GpuMemoryTable(deployment.services.redis, card_of(first)["id"], SIZE)
    until(lambda: ledger.tenants()[first.name].mb == 8000, "the first holds the card")
    deployment.kill_tree("first")
    start(deployment, "lite", {"enhance": model(9000)}, name="second", card_mb=SIZE)
    _, job_id = deployment.submit(script="One scene.", seed=2)
    # The dead one does not answer when it is asked to make room; the step waits and then goes.
    job = deployment.until_ended(job_id, 90)
    assert (job.state, job.attempt) == ("succeeded", 1), job.error_message
    assert first.name not in ledger.tenants()


@pytest.mark.slow
def test_a_new_process_of_a_worker_begins_with_nothing(deployment: Deployment) -> None:
    deployment.start_control()
    node = start(deployment, "lite", {"voice": model(8000)}, name="first", card_mb=SIZE)
    _, job_id = deployment.submit(script="One scene.", seed=1)
    assert deployment.until_ended(job_id).state == "succeeded"
    ledger = GpuMemoryTable(deployment.services.redis, card_of(node)["id"], SIZE)
    until(lambda: ledger.tenants()[node.name].mb == 8000, "it holds the card")
    os.kill(again(deployment, node).pid, signal.SIGKILL)
    until(lambda: ledger.tenants()[node.name].mb == 0, "the new process has registered", 60)
