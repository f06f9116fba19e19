"""The blocks of `docs/api.md` run as they are written, and those of pages about its parts."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from config.settings import Settings, current
from tasks.domain.errors import NoFace
from tests.deployment import ROOT, Deployment
from tests.services.binaries import require
from tests.services.clamav import WIDE
from tests.web.caller import Caller
from tests.web.conftest import close
from tests.web.samples import picture, recording
from web.api.schemas.jobs import JobWarning
from web.api.schemas.start import StartJob
from web.cli.__main__ import main
from web.compat.standalone import application
from web.db.engine import reading
from web.http.errors import problem_document
from web.jobs import modes
from web.jobs.models import Job

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SERVER = "api=http://127.0.0.1:5000\n"


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def test_every_block_has_its_test_here() -> None:
    assert Counter(kind for kind, _ in BLOCKS) == {"sh": 3, "python": 2, "json": 1, "": 1}


def test_the_consent_is_part_of_a_start(app: Flask) -> None:
    [text] = blocks("json")
    sent = {"session_id": "0" * 32, "script": "Hello there.", **json.loads(text)}
    assert set(StartJob().load(sent)["consent"]) == {"face", "voice"}


def test_the_settings_of_clamd_are_those_that_uploads_are_tested_with() -> None:
    [text] = blocks("")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert dict(line.split() for line in lines) == WIDE


def test_the_command_makes_a_key() -> None:
    [command] = blocks("sh")[2].splitlines()
    program, *arguments = shlex.split(command, comments=True)
    assert program == "callsheet"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert re.search(r"^The server setting  API_KEYS=studio:", done.output, re.MULTILINE)


def test_the_table_has_every_warning() -> None:
    table = PAGE.partition("## Language and warnings")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([A-Z][A-Z_]+)`(?=[^|\n]*\|.*\|$)", table, re.MULTILINE))
    source = (ROOT / "gpu_worker/engines/face/examination.py").read_text()
    of_pictures = set(re.findall(r'\(\s*"([A-Z_]+)",', source))
    described = JobWarning().fields["code"].metadata["description"]
    assert named == of_pictures | set(re.findall(r"`([A-Z_]+)`", described))


def test_the_client_of_tus_sends_a_recording(caller: Caller, server: str, tmp_path: Path) -> None:
    """In a process of its own: the client leaves the file open."""
    (tmp_path / "me.wav").write_bytes(recording())
    session_id = caller.session()
    program = f"{server = }\n{session_id = }\n{blocks('python')[0]}"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
    [sent] = caller.http.get(f"/session/{session_id}/status").json()["uploads"]
    assert (sent["kind"], sent["original_name"]) == ("voice", "me.wav")


def test_the_python_program_reports_progress(
    app: Flask, settings: Settings, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CALLSHEET_STATE", settings.state), ("REDIS_URL", settings.redis_url)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("CLAMD", "off")
    session_id = caller.session()
    names: dict[str, Any] = {"session_id": session_id}
    for kept in (current, application):  # from another test of this process
        kept.cache_clear()
    exec(blocks("python")[1], names)
    try:
        with reading() as db:
            job = db.get_one(Job, names["job_id"])
        told = app.extensions["callsheet"].bus.since(job.session_id, "0-0").events
        assert job.kind == "external"
        assert [event.event_type for event in told] == [
            *("processing_started", "stage_started", "progress_update", "stage_completed")
        ]
        assert [event.message for event in told[2:]] == ["half way", "done"]
    finally:
        close(names["progress"]._app)
        for kept in (current, application):
            kept.cache_clear()


def test_the_problem_of_the_page_of_errors_is_one() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    with Flask(__name__).test_request_context():
        sent = problem_document(NoFace())
    assert json.loads(text) | {"request_id": sent["request_id"]} == sent


@pytest.fixture(scope="module")
def address(standing_deployment: Deployment) -> str:
    """The address of a whole system, whose jobs are simulated."""
    modes.set_mode(standing_deployment.services, "simulation")
    return standing_deployment.start_web()


def run(address: str, folder: Path, program: str) -> str:
    """Run commands as a reader does; what they print."""
    require("curl", "curl")
    assert SERVER in program or "$api" in program
    commands = f"set -euo pipefail\napi={address}\n{program.replace(SERVER, '')}"
    done = subprocess.run(
        ["bash", "-c", commands],
        cwd=folder,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_commands_of_the_page_of_accounts_sign_a_person_in(
    address: str, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
    first, *_ = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert '"access_token"' in run(address, tmp_path, first)


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1], ids=["steps", "one-call"])
def test_the_commands_make_a_video(
    standing_deployment: Deployment, address: str, tmp_path: Path, number: int
) -> None:
    (tmp_path / "face.jpg").write_bytes(picture(320, 400, "JPEG"))
    printed = run(address, tmp_path, blocks("sh")[number])
    if number == 1:
        assert standing_deployment.until_ended(json.loads(printed)["job_id"]).state == "succeeded"
        return
    assert "event: pipeline_completed" in printed
    [video] = tmp_path.glob("*.mp4")
    assert video.read_bytes()[4:8] == b"ftyp"
