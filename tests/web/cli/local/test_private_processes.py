"""Each process narrows its own umask, however and by whatever it is started."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from config.environments import ENVIRONMENTS
from tests.deployment import QUICK
from tests.services.modes import open_to_others
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local import procfile
from web.state_directory import ROOT

PROCESSES = procfile.read(ROOT / "Procfile")
STARTED = set(PROCESSES) - set(ENVIRONMENTS) | {"lite"}
"""The workers of the other environments are the same module with another name."""


def umask(process: psutil.Process) -> str:
    status = Path("/proc", str(process.pid), "status").read_text()
    return next(line.split()[1] for line in status.splitlines() if line.startswith("Umask"))


def narrowed(process: psutil.Process) -> bool:
    return all(umask(one) == "0077" for one in (process, *process.children(recursive=True)))


def test_every_entry_point_protects_the_state_directory() -> None:
    """Cheap, for every run; the test below watches real processes."""
    for name in STARTED:
        command = PROCESSES[name].command
        module = command[command.index("-A" if "-A" in command else "-m") + 1]
        found = importlib.util.find_spec(module)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin)
        entry = source.with_name("__main__.py") if source.name == "__init__.py" else source
        # A process that patches the standard library first does the rest in another module.
        files = [entry, entry.with_name("process.py")]
        texts = [file.read_text() for file in files if file.exists()]
        assert any("private_files.protect(" in text for text in texts), f"{name}: {entry}"


@pytest.mark.slow
def test_every_process_closes_its_files(redis_server: RedisServer, tmp_path: Path) -> None:
    state = tmp_path / "state"
    environ = (
        os.environ
        | QUICK
        | {
            "CALLSHEET_STATE": str(state),
            "REDIS_URL": redis_server.url,
            "PYTHONPATH": str(ROOT),
            "PORT": "0",
            "LIVE": "on",
            "LIVE_PORT": "0",
            "MCP": "on",
            "MCP_PORT": "0",
            "BILLING": "on",
            "FLOWER_PORT": "0",
        }
    )
    log = (tmp_path / "log").open("wb")
    migrate = [sys.executable, "-m", "web.migrate"]
    subprocess.run(migrate, cwd=ROOT, env=environ, check=True, stderr=log, umask=0)
    assert open_to_others(state) == []

    running = {}
    try:
        for name in sorted(STARTED):
            command = [sys.executable, *PROCESSES[name].command[1:]]
            running[name] = subprocess.Popen(
                command, cwd=ROOT, env=environ, umask=0, stdout=log, stderr=log
            )
        for name, process in running.items():
            until(partial(narrowed, psutil.Process(process.pid)), f"{name} is narrowed", 60)
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(30)
        log.close()
    assert open_to_others(state) == []
