"""Probes of workers and control: who is frozen, who does not lead, what is no fault of theirs."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys

import pytest

from tests.deployment import ROOT, Deployment
from tests.fleet.depot import start
from tests.services.waiting import until
from web.cli.local.ports import find_free_port


def probed(
    deployment: Deployment, module: str, *arguments: str, **extra: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=deployment.environ | extra,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", ["gpu_worker.health", "web.control.health"])
def test_check_passes_while_redis_is_unavailable(deployment: Deployment, module: str) -> None:
    away = probed(deployment, module, REDIS_URL=f"redis://127.0.0.1:{find_free_port()}/0")
    assert (away.returncode, "Redis unavailable" in away.stderr) == (0, True)
    wrong = probed(deployment, module, LEASE_SECONDS="soon")
    assert (wrong.returncode, "LEASE_SECONDS" in wrong.stderr) == (2, True)


@pytest.mark.slow
def test_a_frozen_worker_is_not_well(deployment: Deployment) -> None:
    assert probed(deployment, "gpu_worker.health").returncode == 1  # there is none
    node = start(deployment, "lite", name="worker")
    assert probed(deployment, "gpu_worker.health").returncode == 0
    tree = [deployment.process("worker"), *deployment.process("worker").children(recursive=True)]
    for process in tree:
        process.send_signal(signal.SIGSTOP)
    until(
        lambda: probed(deployment, "gpu_worker.health").returncode == 1,
        f"{node.name} is missed",
        60,
    )
    for process in tree:
        process.send_signal(signal.SIGCONT)
    until(lambda: probed(deployment, "gpu_worker.health").returncode == 0, "it beats again", 30)


@pytest.mark.slow
def test_a_frozen_control_is_not_alive_until_its_standby_leads(deployment: Deployment) -> None:
    deployment.start_control()
    until(lambda: probed(deployment, "web.control.health").returncode == 0, "one leads", 60)
    deployment.process("control").send_signal(signal.SIGSTOP)
    until(
        lambda: "answers" in probed(deployment, "web.control.health", "--alive").stderr,
        "missed",
        60,
    )
    until(lambda: "leads" in probed(deployment, "web.control.health").stderr, "nobody leads", 60)
    deployment.start_control("standby")  # it ends the frozen one
    until(lambda: probed(deployment, "web.control.health").returncode == 0, "the standby leads", 60)
    assert probed(deployment, "web.control.health", "--alive").returncode == 0


@pytest.mark.slow
def test_a_standby_is_alive_and_not_ready_without_a_leader(deployment: Deployment) -> None:
    told = "No controller leads.\n"
    with deployment.settings.path("callsheet.db.leader").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        deployment.start_control("standby")
        until(lambda: probed(deployment, "web.control.health").stderr == told, "it is there", 60)
        assert probed(deployment, "web.control.health", "--alive").returncode == 0
    until(lambda: probed(deployment, "web.control.health").returncode == 0, "it leads", 60)
