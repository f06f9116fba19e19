"""The units of docker/systemd: valid, sandboxed, and the same processes as the Procfile's."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path

import httpx
import pytest

from config.environments import ENVIRONMENTS
from tests.deployment import ROOT, Deployment
from tests.services import confined
from tests.services.binaries import require
from tests.services.modes import open_to_others
from tests.web.caller import Caller
from web.cli.local import procfile
from web.cli.local.demo import portrait

UNITS = ROOT / "docker" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
MOST_EXPOSED = 1.6
"""On systemd's scale from 0 (closed) to 10; a unit that says nothing has 9.6."""


def directives(unit: Path) -> dict[str, str]:
    """What a unit says under [Service], the last word on each."""
    parser = ConfigParser(strict=False, interpolation=None, delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    return dict(parser["Service"])


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    binary = require("systemd-analyze", "systemd", ["/usr/bin/systemd-analyze"])
    environ = os.environ | {"SYSTEMD_LOG_COLOR": "0", "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        [binary, *arguments], env=environ, capture_output=True, text=True, check=False
    )


def test_every_unit_is_valid() -> None:
    """All that is missing here is the installation in /opt."""
    checked = analyze(
        "verify",
        "--man=no",
        *SERVICES,
        UNITS / "callsheet.target",
        UNITS / "callsheet-backup.timer",
    )
    absent = re.compile(r"callsheet-\S+: Command /opt/callsheet/\S+ is not executable: No such")
    lines = (checked.stderr + checked.stdout).splitlines()
    assert [line for line in lines if not absent.match(line)] == []
    assert len(lines) == len(SERVICES)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_every_unit_is_sandboxed(unit: Path) -> None:
    checked = analyze("security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", checked.stdout)
    assert found is not None, checked.stderr
    assert float(found[1]) <= MOST_EXPOSED, checked.stdout


def test_units_run_the_processes_of_the_procfile() -> None:
    started = {}
    for unit in SERVICES:
        python, *command = shlex.split(directives(unit)["ExecStart"])
        assert re.fullmatch(r"/opt/callsheet/\.venvs/(web|%i)/bin/python", python), unit.name
        started[unit.stem.removeprefix("callsheet-")] = ["python", *command]
    read = procfile.read(ROOT / "Procfile")
    programs = {name: list(program.command) for name, program in read.items()}
    assert started.pop("migrate") == ["python", "-m", "web.migrate"]
    assert started.pop("backup")[:4] == ["python", "-m", "web.cli", "backup"]
    worker = started.pop("worker@")
    for environment in ENVIRONMENTS:
        assert [part.replace("%i", environment) for part in worker] == programs.pop(environment)
    programs.pop("redis")  # the system's own
    assert started == programs


def test_the_sandbox_closes_the_state_directory() -> None:
    sandbox = directives(UNITS / "callsheet-.service.d" / "10-sandbox.conf")
    assert sandbox["StateDirectoryMode"] == "0700"
    assert sandbox["UMask"] == "0077"
    assert sandbox["User"] == "callsheet"
    assert "CALLSHEET_STATE=/var/lib/callsheet" in sandbox["Environment"]


@pytest.mark.slow
@pytest.mark.skipif(bool(confined.why_not()), reason=f"cannot confine: {confined.why_not()}")
def test_the_system_works_with_nothing_but_its_state_directory_to_write(
    deployment: Deployment,
) -> None:
    """From an upload to a download, without capabilities, with a read-only root and /tmp."""
    state = str(deployment.settings.state)
    made_here = set(open_to_others(Path(state)))
    deployment.prefix = confined.command(state, written_code=False)
    deployment.start_control()
    address = deployment.start_web()
    deployment.prefix = confined.command(state, written_code=True)
    deployment.start_workers("lite")
    with httpx.Client(base_url=address, timeout=60) as http:
        caller = Caller(http)
        session_id = caller.session()
        assert caller.face(session_id, portrait().read_bytes()).status_code == 201
        assert caller.voice(session_id).status_code == 201
        answer = caller.start(session_id, mode="auto", height=240)
        assert answer.status_code == 202, answer.text
        job = deployment.until_ended(answer.json()["job_id"], 120)
    assert job.state == "succeeded", deployment.log
    assert "Read-only file system" not in deployment.log
    assert "Operation not permitted" not in deployment.log
    assert set(open_to_others(Path(state))) <= made_here
