"""Failed jobs again, by an operator: over REST and from the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from click.testing import CliRunner
from flask import Flask

from config.settings import Settings
from tasks.domain.failure import Failure
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from web.cli.__main__ import main
from web.db.columns import now
from web.db.engine import writing
from web.jobs import transitions
from web.jobs.models import Job


@pytest.fixture
def failed(caller: Caller, app: Flask) -> list[str]:
    """Three failed jobs, the first of them yesterday, and one that waits."""
    session_id = caller.ready_session()
    jobs = [caller.start(session_id).json()["job_id"] for _ in range(4)]
    codes = ("ENGINE_BROKEN", "ENGINE_BROKEN", "NO_FACE")
    with writing() as db:
        for number, code in enumerate(codes):
            job = db.get_one(Job, jobs[number])
            at = now() - timedelta(days=1 if number == 0 else 0)
            transitions.fail(db, job, Failure(code, "No.", retryable=False), at)
    return jobs


def test_all_that_failed_so_go_on(
    caller: Caller, operator: httpx.Client, failed: list[str]
) -> None:
    answer = operator.post("/jobs/redrive", json={"code": "ENGINE_BROKEN"})
    assert answer.status_code == 202, answer.text
    assert answer.json()["jobs"] == failed[:2]
    states = [caller.http.get(f"/process/{job}").json()["state"] for job in failed]
    assert states == ["queued", "queued", "failed", "queued"]
    again = operator.post("/jobs/redrive", json={"code": "ENGINE_BROKEN"})
    assert again.json()["jobs"] == []
    named = operator.post("/jobs/redrive", json={"jobs": failed})
    assert named.json()["jobs"] == [failed[2]]


def test_the_command_line_does_the_same(failed: list[str], server: str, settings: Settings) -> None:
    here = {"CALLSHEET_STATE": str(settings.state)}
    yesterday = (now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    since = ["jobs", "redrive", "--since", yesterday, "--server", server]
    told = CliRunner().invoke(main, since, env=here)
    assert told.exit_code == 0, told.output
    assert told.output.split() == failed[1:3]
    told = CliRunner().invoke(main, ["jobs", "redrive", failed[0], "--server", server], env=here)
    assert told.output.split() == failed[:1]
    assert CliRunner().invoke(main, ["jobs", "redrive", "--server", server]).exit_code == 2


def test_it_is_for_operators_who_say_which(settings: Settings, operator: httpx.Client) -> None:
    problem(operator.post("/jobs/redrive", json={}), 422, "VALIDATION_FAILED")
    with serving(replace(settings, operator_token="a long word")) as address:
        refused = httpx.post(f"{address}/jobs/redrive", json={"code": "JOB_LOST"})
        problem(refused, 403, "OPERATORS_ONLY")
