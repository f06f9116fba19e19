"""Who has the model loaded takes the step first; the others not before loading would pay."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tests.deployment import Deployment
from tests.fleet.depot import again, model, start
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.__main__ import main as cli
from web.cli.local.client import Client
from web.http.operators import operator_token

SLOW = {"voice": model(0, load=1.5), "animate": model(0, load=1.5)}
ONE_SCENE = "One scene is all that there is to say."


def makers(deployment: Deployment, job_id: str, *stages: str) -> Counter[str]:
    return Counter(run.worker for run in deployment.runs(job_id) if run.stage in stages)


@pytest.mark.slow
def test_a_warm_worker_takes_it_first_and_a_cold_one_helps_out(deployment: Deployment) -> None:
    deployment.start_control()
    warm = start(deployment, "lite", SLOW, name="warm")
    _, first = deployment.submit(script=ONE_SCENE, seed=0)
    assert deployment.until_ended(first).state == "succeeded"
    until(lambda: "animate/simulated" in again(deployment, warm).warm, "it tells that it is warm")
    cold = start(deployment, "lite", SLOW, name="cold")
    for seed in range(1, 6):
        _, job_id = deployment.submit(script=ONE_SCENE, seed=seed)
        job = deployment.until_ended(job_id)
        assert (job.state, job.attempt, job.failures) == ("succeeded", 1, 0)
        assert makers(deployment, job_id, "voice", "animate") == {warm.name: 2}

    # Both stages of the warm one at once, with it at work: the other one loads.
    _, job_id = deployment.submit(seed=7)
    assert deployment.until_ended(job_id).state == "succeeded"
    assert set(makers(deployment, job_id, "voice", "animate")) == {warm.name, cold.name}
    told = {worker["name"]: worker for worker in _workers(deployment)}
    assert told[warm.name]["warm_share"] > 2 / 3
    assert told[cold.name]["cold_calls"] > 0
    _assert_the_rate_is_shown(deployment)


def _assert_the_rate_is_shown(deployment: Deployment) -> None:
    """The same figure by worker, by environment and in the terminal."""
    web = Client(deployment.start_web(), operator_token(deployment.settings))

    def told() -> tuple[list[dict[str, Any]], str] | None:
        """Both between two heartbeats."""
        before = web.workers()
        figures = httpx.get(f"{web.url}/metrics", headers=deployment.operator).text
        return (before, figures) if before == web.workers() else None

    command = ["workers", "--server", web.url]
    operator = {"OPERATOR_TOKEN": operator_token(deployment.settings)}
    table = CliRunner().invoke(cli, command, env=operator).output
    workers, figures = until(told, "nothing changes meanwhile")
    hits, misses = (sum(w[f"{kind}_calls"] for w in workers) for kind in ("warm", "cold"))
    (shown,) = re.findall(r'callsheet_warm_share{environment="lite"} (\S+)', figures)
    assert float(shown) == pytest.approx(hits / (hits + misses))
    for worker in workers:
        rate = worker["warm_calls"] / (worker["warm_calls"] + worker["cold_calls"])
        assert worker["warm_share"] == pytest.approx(rate)
        assert f"{rate:.0%}" in table


@pytest.mark.slow
def test_no_step_waits_longer_for_a_warm_worker_than_loading_takes(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """It beats, has nothing to do, and does not take what is left to it."""
    with Deployment(tmp_path, redis_server) as deployment:
        deployment.start_control()
        warm = start(deployment, "lite", SLOW, name="warm")
        _, first = deployment.submit(script=ONE_SCENE, seed=0)
        assert deployment.until_ended(first).state == "succeeded"
        until(
            lambda: "animate/simulated" in again(deployment, warm).warm, "it tells that it is warm"
        )
        cold = start(deployment, "lite", SLOW, name="cold")
        deployment.services.celery.control.cancel_consumer("lite", destination=[warm.name])
        inspect = deployment.services.celery.control.inspect([warm.name], timeout=1)
        until(lambda: _queues(inspect.active_queues(), warm.name), "it takes nothing from lite")
        _, job_id = deployment.submit(script=ONE_SCENE, seed=1)
        job = deployment.until_ended(job_id)
        assert (job.state, job.attempt) == ("succeeded", 1)
        assert makers(deployment, job_id, "voice", "animate") == {cold.name: 2}


def _queues(told: object, name: str) -> bool:
    return isinstance(told, dict) and all(q["name"] != "lite" for q in told[name])


def _workers(deployment: Deployment) -> list[dict[str, Any]]:
    answer = deployment.app.test_client().get("/workers", headers=deployment.operator)
    found: list[dict[str, Any]] = answer.json["workers"]
    return found
