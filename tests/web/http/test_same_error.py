"""One failure, told on every way: the code and the sentence are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deployment import ROOT, Deployment
from tests.web.listener import listening
from web.cli.commands.exit_codes import ExitCode
from web.compat.progress import RealtimeProgressManager
from web.compat.sessions import ConcurrentSessionManager

SENTENCE = "The voice is too hoarse to be heard."


@pytest.fixture
def address(deployment: Deployment) -> Iterator[str]:
    deployment.start_control()
    yield deployment.start_web()
    if "hub" in deployment.app.extensions:
        deployment.app.extensions["hub"].stop()
        deployment.app.extensions["hub"].thread.join(5)


def command(address: str, home: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    environ = os.environ | {"PYTHONPATH": str(ROOT), "CALLSHEET_STATE": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", *words, "--server", address, "--json"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def streamed(address: str, job_id: str, key: dict[str, str]) -> list[dict[str, Any]]:
    url = f"{address}/process/{job_id}/events"
    with httpx.stream("GET", url, headers=key, timeout=30) as answer:
        lines = list(answer.iter_lines())
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def test_a_job_that_fails(deployment: Deployment, address: str, tmp_path: Path) -> None:
    with deployment.app.app_context():
        session_id = ConcurrentSessionManager().create_session(user_id="ada")
    manager = RealtimeProgressManager(deployment.app)
    with listening(address) as listener:
        listener.subscribe(session_id)
        job_id = manager.start_stage(session_id, "voice", 5.0)
        manager.complete_stage(session_id, "voice", success=False, message=SENTENCE)
        live: dict[str, Any] = {}
        while live.get("event_type") != "pipeline_failed":
            live = listener.next(30)
    deployment.until_ended(job_id)
    key = {"X-Session-ID": session_id}
    rest = httpx.get(f"{address}/process/{job_id}", headers=key).json()["error"]
    sse = [e for e in streamed(address, job_id, key) if e["event_type"] == "pipeline_failed"]
    ending, said = command(address, tmp_path / "home", "watch", job_id, "--session", session_id)
    told = {
        "REST": (rest["code"], rest["message"]),
        "Socket.IO": (live["details"]["error_code"], live["details"]["user_message"]),
        "SSE": (sse[-1]["details"]["error_code"], sse[-1]["details"]["user_message"]),
        "CLI": (said[-1]["details"]["error_code"], said[-1]["details"]["user_message"]),
    }
    assert set(told.values()) == {("STAGE_FAILED", SENTENCE)}, told
    assert ending == ExitCode.FAILED


def test_missing_resources_give_the_same_error(address: str, tmp_path: Path) -> None:
    unknown = "0" * 20
    key = {"X-Session-ID": unknown}
    refused = httpx.get(f"{address}/process/{unknown}", headers=key).json()
    sse = httpx.get(f"{address}/process/{unknown}/events", headers=key).json()
    ending, said = command(address, tmp_path / "home", "watch", unknown, "--session", unknown)
    told = {(d["error_code"], d["user_message"]) for d in (refused, sse, said[-1])}
    assert told == {("JOB_NOT_FOUND", "The job does not exist.")}
    assert ending == ExitCode.REFUSED
    session = httpx.get(f"{address}/session/{unknown}/status").json()
    with listening(address) as listener:
        answer = listener.subscribe(unknown)
    assert (answer["error_code"], answer["user_message"]) == (
        session["error_code"],
        session["user_message"],
    )
