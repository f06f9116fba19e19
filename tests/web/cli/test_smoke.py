"""`callsheet smoke` says whether a running system makes a video, and where it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer
from web.cli.local.demo import OF_THE_PAGE, DemoFailed, first_portrait
from web.db.engine import reading
from web.jobs.models import Job


def smoke(environ: dict[str, str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run it as a person or a script does, on another machine than the server."""
    command = [sys.executable, "-m", "web.cli", "smoke", *arguments, "--json"]
    environ = environ | {"CALLSHEET_STATE": environ["CALLSHEET_STATE"] + "-elsewhere"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, str]]:
    directory = tmp_path_factory.mktemp("smoke")
    with (
        RedisServer(directory) as server,
        Deployment(directory, server, SIMULATION_SPEED="0.01") as deployment,
    ):
        address = deployment.start_web()
        deployment.start_control()
        yield deployment, address


def test_a_server_that_does_not_answer_is_told_by_the_exit_code(tmp_path: Path) -> None:
    environ = {"PATH": "/usr/bin", "CALLSHEET_STATE": str(tmp_path)}
    assert smoke(environ, "http://127.0.0.1:9")[0] == 3


@pytest.mark.slow
def test_a_system_without_workers_fails_at_the_job(system: tuple[Deployment, str]) -> None:
    deployment, address = system
    options = ("--mode", "simulation", "--seconds", "2")
    code, told, _ = smoke(deployment.environ, address, *options)
    assert code == 1
    assert "job" in str(told["user_message"])


@pytest.mark.slow
def test_a_system_that_works_is_measured_and_left_clean(system: tuple[Deployment, str]) -> None:
    deployment, address = system
    deployment.start_workers("lite")
    code, told, shown = smoke(deployment.environ, address, "--mode", "simulation")
    assert code == 0, shown
    assert told["steps"].keys() >= {"health", "session", "upload", "start", "job", "download"}
    assert told["stages"].keys() == {"script", "voice", "face", "animate", "enhance", "assemble"}
    assert "on all three doors" in shown
    with deployment.app.app_context(), reading() as db:
        [finished] = db.scalars(select(Job).where(Job.state == "succeeded"))
    assert finished.expired_at is not None, "its files are still there"


def test_an_environment_without_scikit_image_takes_the_portrait_of_the_page() -> None:
    """As that of the control plane, in which a container checks a rollout."""
    found = first_portrait([Path("/none"), *OF_THE_PAGE])
    assert found in OF_THE_PAGE
    assert found.read_bytes().startswith(b"\xff\xd8")
    with pytest.raises(DemoFailed):
        first_portrait([Path("/none")])
