"""What operators see of the last hours, and what the owner of a video may delete."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click import BadParameter
from click.testing import CliRunner

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from web.cli.__main__ import main
from web.cli.commands.exit_codes import ExitCode
from web.cli.commands.report import Since, markdown
from web.db.columns import now
from web.db.engine import writing
from web.jobs.models import Job
from web.sessions.models import UserSession


def test_the_last_hours_and_the_end_of_a_video(deployment: Deployment) -> None:
    api = deployment.app.test_client()
    session_id, job_id = deployment.accept(script="One scene only, and a short one.")
    key = {"X-Session-ID": session_id}
    assert api.delete(f"/process/{job_id}", headers=key).json["error_code"] == "JOB_OPEN"
    deployment.start_control()
    deployment.start_workers("lite")
    deployment.until_ended(job_id)

    told = api.get("/operations?hours=1", headers=deployment.operator).json
    assert sum(bucket["succeeded"] for bucket in told["jobs"]) == 1
    assert told["jobs"][-1]["succeeded"] == 1
    assert len(told["jobs"]) * told["bucket_seconds"] == 3600
    assert told["open_jobs"] == {"queued": 0, "running": 0}
    times = {stage["stage"]: stage for stage in told["stages"]}
    assert times["assemble"]["runs"] == 1
    assert times["assemble"]["medians"][-1] == times["assemble"]["median_seconds"] > 0
    assert told["queues"]["lite"] == 0
    assert told["failures"] == []
    assert (told["cache"]["found"], told["cache"]["computed"]) == (0, len(deployment.runs(job_id)))
    assert told["cache"]["bytes"] > 0

    job = api.get(f"/process/{job_id}", headers=key).json
    assert job["title"] == "One scene only, and a short one."
    assert job["expires_at"] > job["finished_at"]
    worker = deployment.runs(job_id)[0].worker
    assert "@" in worker
    assert {stage["worker"] for stage in job["stages"]} == {worker.partition("@")[0]}
    seen = api.get(f"/process/{job_id}", headers=deployment.operator).json
    assert {stage["worker"] for stage in seen["stages"]} == {worker}

    assert api.delete(f"/process/{job_id}", headers=key).status_code == 204
    assert api.get(f"/outputs/{session_id}").json["outputs"] == []
    (gone,) = api.get(f"/session/{session_id}/status").json["jobs"]
    assert gone["expired_at"] is not None
    assert api.delete("/process/nothing", headers=key).status_code == 404


def test_the_last_hours_are_for_operators(deployment: Deployment) -> None:
    stranger = deployment.app.test_client()
    for path in ("/operations", "/operations?hours=10000"):
        assert stranger.get(path).json["error_code"] == "OPERATORS_ONLY"
    wrong = stranger.get("/operations?hours=10000", headers=deployment.operator)
    assert wrong.status_code == 422


def test_the_report_of_a_busy_hour(deployment: Deployment) -> None:
    """Ten jobs within ten minutes, one place to work: each takes two minutes, one fails."""
    began = now() - timedelta(minutes=50)
    with deployment.app.app_context(), writing() as db:
        room = UserSession(user_id="tester")
        db.add(room)
        db.flush()
        for number in range(10):
            db.add(_worked(room.id, began, number))
    told = deployment.app.test_client().get("/operations?hours=1", headers=deployment.operator).json
    peaks = {name: peak["jobs"] for name, peak in told["peaks"].items()}
    assert peaks == {"busiest_hour": 10, "longest_line": 5, "most_at_once": 1}
    assert datetime.fromisoformat(told["peaks"]["busiest_hour"]["at"]) == began
    assert told["job_seconds"] == {"p50": 360.0, "p90": 600.0}
    page = "\n".join(markdown(told))
    for line in (
        "- Success rate: 90.0% of 10 jobs",
        "- Ended: 9 succeeded, 1 failed, 0 cancelled",
        "- From request to video: p50 6.0 min, p90 10.0 min",
        "Most running at once: 1 job at",
        "| `STAGE_FAILED` |    1 |",
        "Cache size: 0 results",
    ):
        assert line in page
    assert max(map(len, page.splitlines())) <= 80


def _worked(session_id: str, began: datetime, number: int) -> Job:
    """The job of this number: it came a minute after the one before, and waited its turn."""
    failed = {"state": "failed", "error_code": "STAGE_FAILED"} if number == 9 else {}
    return Job(
        session_id=session_id,
        options={},
        inputs={},
        created_at=began + timedelta(minutes=number),
        dispatched_at=began + timedelta(minutes=2 * number),
        finished_at=began + timedelta(minutes=2 * number + 2),
        **({"state": "succeeded"} | failed),
    )


@pytest.mark.parametrize(
    ("said", "hours"), [("24", 24), ("90m", 1.5), ("7d", 168), ("2w", 336), ("0.5h", 0.5)]
)
def test_report_period_is_parsed(said: str, hours: float) -> None:
    assert Since().convert(said, None, None) == hours


def test_since_a_day() -> None:
    yesterday = (now() - timedelta(days=1)).isoformat()
    assert Since().convert(yesterday, None, None) == pytest.approx(24, abs=0.01)
    for wrong in ("soon", "1m", "1000d", "2999-01-01", "-3h"):
        with pytest.raises(BadParameter):
            Since().convert(wrong, None, None)


def test_a_command_finds_the_token_that_was_made(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server) as deployment:
        command = ["report", "--server", deployment.start_web()]
        here = {"CALLSHEET_STATE": str(deployment.settings.state)}
        knowing = CliRunner().invoke(main, command, env=here)
        assert "# Callsheet from" in knowing.output
        elsewhere = {"CALLSHEET_STATE": str(tmp_path / "another")}
        assert CliRunner().invoke(main, command, env=elsewhere).exit_code == ExitCode.REFUSED


def test_a_command_sends_the_operators_token_from_its_file(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    secret = tmp_path / "token"
    secret.write_text("operators-know-this\n")
    with Deployment(tmp_path, redis_server, OPERATOR_TOKEN_FILE=str(secret)) as deployment:
        command = ["report", "--server", deployment.start_web()]
        knowing = CliRunner().invoke(main, command, env={"OPERATOR_TOKEN_FILE": str(secret)})
        assert "# Callsheet from" in knowing.output
        stranger = CliRunner().invoke(main, command)
        assert stranger.exit_code == ExitCode.REFUSED
        assert "Set OPERATOR_TOKEN" in stranger.output
