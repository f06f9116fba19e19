"""Warm shutdown: each process of the Procfile is asked to end, under the manager, in mid-job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from tests.services.waiting import until
from tests.web.cli.local.test_process_manager import of_state
from tests.web.cli.test_cli import Shell, at_a_server
from web.cli.local.client import Client, RequestRefused

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

WORDS = {
    "web": "web.wsgi",
    "control": "web.control",
    "lite": "gpu_worker",
    "flower": "web.flower_app",
    "redis": "redis-server",
}
"""What only this process's command line has."""

GRACE_SECONDS = 20


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """`callsheet serve`, whole."""
    with at_a_server(tmp_path_factory.mktemp("shutdown")) as made:
        yield made


def called(system: Shell, name: str) -> dict[int, psutil.Process]:
    """The processes of a line of the Procfile, without what they have started."""
    ours = {process.pid: process for process in of_state(system.state)}
    # A Redis writes its title over its environment: it is known by who started it.
    ours |= {child.pid: child for process in list(ours.values()) for child in _children(process)}
    found = {}
    for pid, process in ours.items():
        try:
            command, parent = " ".join(process.cmdline()), process.parent()
        except psutil.Error:
            continue
        above = " ".join(parent.cmdline()) if parent and parent.pid in ours else ""
        if WORDS[name] in command and WORDS[name] not in above and "leash" not in command:
            found[pid] = process
    return found


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def ended(client: Client, job_id: str) -> dict[str, Any] | None:
    try:
        report = client.job(job_id)
    except (httpx.TransportError, RequestRefused):
        return None  # web or Redis is just coming back
    return report if report["finished_at"] else None


@pytest.mark.parametrize("name", list(WORDS))
def test_an_orderly_shutdown_loses_no_job(system: Shell, name: str) -> None:
    with Client(system.state.address.read_text().strip()) as client:
        session_id = client.create_session("tester")
        client.upload_face(session_id, system.home / "face.png")
        script = " ".join(f"In {name} this is scene number {n} of the film." for n in range(12))
        job_id = client.start(session_id, script=script, height=240, mode="simulation")
        until(lambda: client.job(job_id)["percent"] > 5, "it is under way", 60)
        before = called(system, name)
        assert before
        for process in before.values():
            process.terminate()
        psutil.wait_procs(before.values(), GRACE_SECONDS)
        left = [process.cmdline() for process in before.values() if process.is_running()]
        assert not left, left
        until(lambda: set(called(system, name)) - set(before), f"{name} is back", 60)
        report = until(lambda: ended(client, job_id), "the job ends", 120)
    assert report["state"] == "succeeded", json.dumps(report["error"])
    assert {stage["state"] for stage in report["stages"]} == {"done"}
    steps = [(stage["stage"], stage["scene"]) for stage in report["stages"]]
    assert len(steps) == len(set(steps))
