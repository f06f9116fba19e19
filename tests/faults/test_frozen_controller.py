"""A controller that is frozen under `callsheet serve`: reported, replaced, and no job is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from config.secret_files import OPERATOR_TOKEN, read_secret
from tests.services.waiting import until
from tests.web.caller import Caller
from web.monitoring.turning import STUCK_SECONDS
from web.state_directory import ROOT, StateDirectory

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

REPORTED_SECONDS = 5.0
REPLACED_SECONDS = STUCK_SECONDS + 45.0
"""Until it counts as stuck, is killed, and its successor has completed a turn."""


@dataclass
class Served:
    """A machine on which `callsheet serve` runs."""

    state: StateDirectory
    http: httpx.Client

    def controller(self) -> psutil.Process | None:
        """The process of `python -m web.control` of this state directory."""
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("CALLSHEET_STATE") == str(self.state.directory)
                if mine and "web.control" in process.cmdline():
                    return process
            except psutil.Error:
                continue
        return None

    def healthy(self) -> bool:
        health = self.http.get("/health").json()
        return bool(health["overall_healthy"] and health["status"] == "healthy")

    def unhealthy(self) -> bool:
        health = self.http.get("/health").json()
        return (health["status"], health["overall_healthy"]) == ("unhealthy", False)

    def ready(self) -> bool:
        return self.http.get("/readyz").status_code == 200


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    state = StateDirectory(home / "state")
    environ = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environ |= {"CALLSHEET_STATE": str(state.directory), "PYTHONPATH": str(ROOT)}
    environ |= {"SIMULATION_SPEED": "0.05", "CLAMD": "off"}
    environ |= {"REQUESTS_A_MINUTE": "0"}
    command = [sys.executable, "-m", "web.cli", "serve"]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environ, stdout=log, stderr=log)
    try:
        until(lambda: state.address.exists() or process.poll() is not None, "serving", 240)
        assert process.poll() is None, (home / "serve.log").read_text("utf-8", "replace")
        token = read_secret(state.directory, OPERATOR_TOKEN)
        headers = {"Authorization": f"Bearer {token}"}
        address = state.address.read_text().strip()
        with httpx.Client(base_url=address, headers=headers, timeout=30) as http:
            yield Served(state, http)
    finally:
        process.terminate()
        process.wait(60)


def test_a_frozen_controller_is_reported_and_replaced_and_its_job_ends(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        until(lambda: served.ready() and served.healthy(), "the system is ready", 60)
        caller = Caller(served.http)
        session_id = caller.ready_session()
        job_id = caller.start(session_id, mode="simulation").json()["job_id"]
        frozen = until(served.controller, "the controller's process")
        frozen.suspend()
        stopped = time.monotonic()
        try:
            # `/readyz` may fail earlier for another reason: a frozen writer can hold a lock.
            until(
                lambda: not served.ready() and served.unhealthy(),
                "/readyz and /health report it",
                3 * REPORTED_SECONDS,
            )
            assert time.monotonic() - stopped <= REPORTED_SECONDS
            another = until(
                lambda: _other(served, frozen), "the process manager replaces it", REPLACED_SECONDS
            )
            assert another.pid != frozen.pid
            until(served.ready, "the successor makes progress", REPLACED_SECONDS)
        finally:
            if frozen.is_running():
                frozen.resume()
        until(
            lambda: served.http.get(f"/process/{job_id}").json()["state"] == "succeeded",
            "the job ends",
            90,
        )
        assert served.healthy()


def _other(served: Served, than: psutil.Process) -> psutil.Process | None:
    found = served.controller()
    return found if found is not None and found.pid != than.pid else None
