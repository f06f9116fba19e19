"""Both clients follow jobs at the live process, and at the API if it does not answer."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from callsheet_client import Client, Job

from config.setup import studio
from tests.clients.conftest import SIMULATED
from tests.deployment import Deployment, small_picture
from tests.faults.proxy import Proxy
from tests.services.waiting import until
from web.cli.local.ports import find_free_port

pytestmark = pytest.mark.slow


@dataclass
class Crowd:
    """A system whose web process names a live process, and the network before that."""

    address: str
    proxy: Proxy
    live: str
    deployment: Deployment
    is_away: bool = False

    def streams(self) -> int:
        """How many streams the live process has open."""
        found: int = httpx.get(f"{self.live}/healthz", timeout=5).json()["streams"]
        return found

    def kill(self) -> None:
        self.deployment.kill("live", signal.SIGKILL)
        self.is_away = True


@pytest.fixture
def crowd(standing_deployment: Deployment) -> Iterator[Crowd]:
    port = find_free_port()
    live = f"http://127.0.0.1:{port}"
    with Proxy(port) as proxy:
        address = standing_deployment.start_web(
            "web-of-live", LIVE_URL=f"http://127.0.0.1:{proxy.port}"
        )
        standing_deployment.start("live", "web.live", LIVE="on", LIVE_PORT=str(port))

        def answers() -> bool:
            try:
                return httpx.get(f"{live}/healthz", timeout=2).is_success
            except httpx.TransportError:
                return False

        until(answers, "the live process answers", 60)
        found = Crowd(address, proxy, live, standing_deployment)
        yield found
        if not found.is_away:
            found.kill()
        standing_deployment.kill("web-of-live")


def started(client: Client, seed: int) -> Job:
    session = client.open_session()
    session.upload_face(small_picture())
    return session.start(**SIMULATED, seed=seed)


def test_python_follows_a_job_at_the_live_process_until_that_is_away(crowd: Crowd) -> None:
    with Client(crowd.address) as client:
        job = started(client, 21)
        events = []
        for event in job.events():
            events.append(event["event_id"])
            if len(events) == 1:
                assert crowd.streams() == 1
            if len(events) in (2, 4):
                crowd.proxy.reset()  # it is opened again there
            if len(events) == 6:
                crowd.kill()
        assert job.wait()["state"] == "succeeded"
        assert events == [event["event_id"] for event in job.events()]
        assert len(set(events)) == len(events)


def test_a_link_that_is_too_old_is_replaced(crowd: Crowd) -> None:
    with Client(crowd.address) as client:
        job = started(client, 22)
        link = job.report()["links"]["live_events"]
        old = Job(job._client, job.id, [], link.replace("expires=", "expires=1&was="))
        seen = []
        for event in old.events():
            if not seen:
                assert crowd.streams() == 1
            seen.append(event["event_type"])
        assert seen[-1] == "pipeline_completed"


def test_typescript_follows_a_job_at_the_live_process_until_that_is_away(
    built: Path,
    node: studio.Node,
    crowd: Crowd,
    tmp_path: Path,
) -> None:
    face = tmp_path / "face.png"
    face.write_bytes(small_picture())
    shutil.copy(Path(__file__).with_name("crowd.mjs"), built)
    command = [node.node, "crowd.mjs"]
    environ = os.environ | {"CALLSHEET_URL": crowd.address, "FACE": str(face)}
    at_live = []
    with subprocess.Popen(
        command, cwd=built, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        stop = threading.Timer(100, process.kill)
        stop.start()
        assert process.stdout is not None
        assert process.stdin is not None
        line = ""
        for line in process.stdout:
            if line == "FIRST\n":
                at_live.append(crowd.streams())
            elif line == "CUT\n":
                crowd.proxy.reset()
            elif line == "KILL\n":
                crowd.kill()
            else:
                break
            process.stdin.write("\n")
            process.stdin.flush()
        stop.cancel()
        assert process.wait(20) == 0, line
    seen = json.loads(line)
    assert at_live == [1]
    assert seen["state"] == "succeeded"
    assert seen["events"] == seen["whole"]
