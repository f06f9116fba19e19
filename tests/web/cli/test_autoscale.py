"""As many workers as the work asks for: the load, the judgement, the orders, and real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from click.testing import CliRunner

from tasks.messaging import keys
from tasks.nodes import registry
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller
from web.cli.__main__ import main as cli
from web.cli.autoscale.scaling_loop import CommandScaling, PoolScaling, ScalingLoop
from web.cli.autoscale.worker_pool import CommandFailed, WorkerPool, run_command
from web.cli.local.client import Client, RequestRefused
from web.cli.local.demo import portrait
from web.jobs.scaling_policy import ScalingPolicy


def test_load_counts_running_waiting_and_queued_work(deployment: Deployment) -> None:
    client = deployment.services.redis
    for name, draining in (("lite@a.1", False), ("lite@a.2", False), ("lite@a.3", True)):
        registry.send_heartbeat(
            client, registry.Node(name, "lite", "a", 1, "cpu", 1, 1, (), draining=draining)
        )
    client.hset(
        keys.RUNNING_TASKS, mapping={"lite@a.1": "job.1.voice.0", "lite@a.3": "job.1.voice.1"}
    )
    client.lpush("lite", "a stage", "another", "a third")
    for _ in range(11):
        deployment.accept(mode="auto")
    answer = deployment.app.test_client().get("/load", headers=deployment.operator)
    told = {e["environment"]: e for e in answer.json["environments"]}
    lite = {"waiting": 3, "running": 1, "in_line": 11, "workers": 2, "wanted": 4}
    assert told["lite"] == {"environment": "lite", **lite}
    assert (told["xtts"]["wanted"], told["xtts"]["workers"]) == (2, 0)
    assert deployment.app.test_client().get("/load").status_code == 403


def test_scaling_up_is_immediate_and_down_is_delayed() -> None:
    judge = ScalingPolicy(1, 4, cooldown=10)
    assert judge.decide(9, 1, 0) == 4
    assert judge.decide(0, 4, 1) == 4
    assert judge.decide(2, 4, 5) == 4
    assert judge.decide(0, 4, 12) == 2  # the most that was wanted in that time
    assert judge.decide(0, 6, 13) == 4  # above the most: at once


def test_external_command_gets_the_worker_count(tmp_path: Path) -> None:
    said = tmp_path / "said"
    run_command(f"sh -c 'echo replicas={{count}} > {said}'", 3)
    assert said.read_text() == "replicas=3\n"
    with pytest.raises(CommandFailed, match="ended with 7: no"):
        run_command("sh -c 'echo no >&2; exit 7' {count}", 1)


class Asking:
    """A server whose work asks for two workers; it says what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def load(self, environment: str) -> dict[str, Any]:
        return {"wanted": 2, "workers": 0, "waiting": 3, "running": 0, "in_line": 0}

    def workers(self) -> list[dict[str, Any]]:
        return []


def turns(
    kind: type[PoolScaling] | type[CommandScaling], command: str
) -> tuple[ScalingLoop, list[str]]:
    asking = Asking()
    client, say = cast(Client, asking), asking.said.append
    judge = ScalingPolicy(0, 4, cooldown=60)
    if kind is CommandScaling:
        return CommandScaling(client, "lite", judge, command, say), asking.said
    return PoolScaling(client, "lite", judge, WorkerPool(command, client, say), say), asking.said


def test_failed_start_is_reported() -> None:
    capacity, said = turns(PoolScaling, "/no/such/program")
    with pytest.raises(CommandFailed, match="No such file"):
        capacity.step()
    orders, ordered = turns(CommandScaling, "sh -c 'exit 7' {count}")
    with pytest.raises(CommandFailed, match="ended with 7"):
        orders.step()
    assert said == ordered == []
    told = CliRunner().invoke(cli, ["autoscale", "--command", "sh -c 'unbalanced"])
    assert (told.exit_code, "No closing quotation" in told.output) == (2, True)


def test_command_that_exits_at_once_is_restarted_with_back_off() -> None:
    capacity, said = turns(PoolScaling, "sh -c 'exit 3'")
    capacity.step()
    until(lambda: capacity.step() or len(said) >= 3, "both have ended")
    assert said[0] == "workers 0 -> 2: 3 stages waiting, 0 running, 0 jobs queued"
    assert all("ended by itself with 3; the next is started in" in line for line in said[1:3])
    count = len(said)
    capacity.step()  # while it rests
    assert len(said) == count
    capacity.close()


class Draining(Asking):
    """A server that notes which workers were told to drain, and refuses the first time."""

    def drain(self, name: str) -> None:
        self.said.append(name)
        if len(self.said) == 1:
            raise RequestRefused("the server restarts")


def test_a_worker_that_reports_after_it_was_chosen_to_leave_is_drained_and_ended() -> None:
    server, reported = Draining(), []
    pool = WorkerPool("sleep 600", cast(Client, server), reported.append)
    pool.grow(2)
    idle, busy = pool.shrink(2, [])  # the younger one first
    first = {"name": f"lite@a.{busy}", "draining": False, "doing": "job.1.voice.0"}
    later = {"name": f"lite@a.{idle}", "draining": False, "doing": ""}
    try:
        for _ in range(2):
            pool.refresh([first, later])
        assert server.said == [first["name"], later["name"]] * 2
        drained = [first | {"draining": True}, later | {"draining": True}]
        until(lambda: pool.refresh(drained) or reported, "the idle one has ended")
        drained[0]["doing"] = ""
        until(lambda: pool.refresh(drained) or len(reported) == 2, "both have ended")
    finally:
        pool.end()
    assert reported == [f"{idle} has ended", f"{busy} has ended"]
    assert len(server.said) == 4


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_production_job_starts_workers_from_zero(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server, AUTOSCALED_ENVIRONMENTS="lite") as deployment:
        address = deployment.start_web()
        deployment.start_control()
        with httpx.Client(base_url=address, timeout=60) as http:
            caller = Caller(http)
            session_id = caller.session()
            assert caller.face(session_id, portrait().read_bytes()).status_code == 201
            assert caller.voice(session_id).status_code == 201
            started = caller.start(
                session_id, mode="production", script="One scene.", quality="fast"
            )
            assert started.status_code == 202, started.text
            job_id = started.json()["job_id"]
            until(lambda: deployment.job(job_id).waiting_for, "it waits for a worker")
            assert deployment.job(job_id).waiting_for == "Workers are being started: lite."
            command = [sys.executable, "-m", "web.cli", "autoscale", "lite", "--server", address]
            command += ["--min", "0", "--max", "2", "--cooldown", "2"]
            scaler = subprocess.Popen(command, cwd=ROOT, env=deployment.environ)
            try:
                assert deployment.until_ended(job_id, 200).state == "succeeded"
                until(lambda: deployment.nodes() == [], "back to none", 120)
            finally:
                scaler.terminate()
                scaler.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_workers_scale_with_the_load(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, SIMULATION_SPEED="0.01") as deployment:
        address = deployment.start_web()
        deployment.start_control()
        said = tmp_path / "said"
        command = [sys.executable, "-m", "web.cli", "autoscale", "lite", "--server", address]
        command += ["--min", "1", "--max", "3", "--cooldown", "4"]
        command += ["--command", f"{sys.executable} -m tests.bench.worker lite"]
        with said.open("w") as file:
            scaler = subprocess.Popen(
                command, cwd=ROOT, env=deployment.environ, stdout=file, stderr=file
            )
        try:
            until(lambda: len(deployment.nodes()) == 1, "the least there may be", 60)
            jobs = [deployment.submit(script="One scene.", seed=seed)[1] for seed in range(24)]
            until(lambda: len(deployment.nodes()) == 3, "the most there may be", 60)
            os.kill(deployment.nodes()[0].pid, signal.SIGKILL)
            for job_id in jobs:
                assert deployment.until_ended(job_id, 120).state == "succeeded"
            until(lambda: len(deployment.nodes()) == 1, "back to the least", 60)
            until(
                lambda: said.read_text().count("has ended") >= 2,
                "it reports the workers that have ended",
                60,
            )
        finally:
            scaler.terminate()
            scaler.wait(60)
    text = said.read_text()
    assert re.search(
        r"lite: workers 1 -> 3: \d+ stages? waiting, \d+ running, \d+ jobs? queued", text
    )
    assert re.search(r"workers 3 -> [12]: .* to drain", text)
    until(lambda: deployment.nodes() == [], "none is left behind")
