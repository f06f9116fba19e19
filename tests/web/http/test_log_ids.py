"""One id finds the way of a job through the logs of all processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.log_context import IDS
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.samples import picture
from web.sessions.names import name_of

TOKEN = "only-operators-know-this-1"


@pytest.fixture
def talkative(tmp_path: Path, redis_server: RedisServer) -> Any:
    extra = {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG", "OPERATOR_TOKEN": TOKEN}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        yield deployment


def lines(deployment: Deployment) -> list[dict[str, Any]]:
    found = []
    for line in deployment.log.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # half a line, being written
    return found


def test_from_the_request_into_the_engine(talkative: Deployment) -> None:
    deployment = talkative
    deployment.start_control()
    deployment.start_workers("lite")
    with httpx.Client(base_url=deployment.start_web(), timeout=30) as http:
        caller = Caller(http)
        session_id = caller.session()
        assert caller.face(session_id, picture()).status_code == 201
        body = {"session_id": session_id, "script": "Hello.", "mode": "simulation"}
        answer = http.post("/process/start", json=body, headers={"X-Request-ID": "find-me-7"})
        job_id = answer.json()["job_id"]
        refused = http.get("/sessions", headers={"Authorization": f"Bearer {TOKEN}x"})
        assert refused.status_code == 403
        # What a user may be tricked into putting into a URL stays out of the log, too.
        http.get(f"/nothing?token={TOKEN}")
    deployment.until_ended(job_id)

    mine = [line for line in lines(deployment) if line.get("request_id") == "find-me-7"]
    accepted = [line for line in mine if line["logger"] == "web.jobs.submission"]
    assert [(line["session_id"], line["job_id"]) for line in accepted] == [
        (name_of(session_id), job_id)
    ]

    def stages() -> set[str]:
        return {
            line["stage"]
            for line in lines(deployment)
            if line["logger"] == "gpu_worker.execution.runner"
            and line.get("request_id") == "find-me-7"
        }

    until(lambda: {"script", "voice", "face", "animate", "assemble"} <= stages(), "all stages")
    spoken = [line for line in lines(deployment) if line["logger"] == "gpu_worker.execution.runner"]
    for line in spoken:
        if line["stage"] == "voice":
            # (No trace was requested.)
            assert [line[name] for name in IDS if name != "trace_id"] == [
                "find-me-7",
                name_of(session_id),
                job_id,
                *("voice", "0", "1"),
            ]
    assert TOKEN not in deployment.log
    assert session_id not in deployment.log


@pytest.mark.slow
def test_a_job_that_control_dispatches_keeps_its_request(talkative: Deployment) -> None:
    deployment = talkative
    with httpx.Client(base_url=deployment.start_web(), timeout=30) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        body = {"session_id": session_id, "script": "Hello.", "mode": "simulation"}
        # There is no worker yet: the job cannot be planned, and waits for the controller.
        answer = http.post("/process/start", json=body, headers={"X-Request-ID": "later-1"})
        assert answer.status_code == 202
        deployment.start_workers("lite")
        deployment.start_control()
        deployment.until_ended(answer.json()["job_id"])
    said = {line["logger"] for line in lines(deployment) if line.get("request_id") == "later-1"}
    assert {"web.jobs.dispatch", "gpu_worker.execution.runner"} <= said
