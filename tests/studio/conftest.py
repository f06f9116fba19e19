"""A real browser before a really started system, its stages simulated."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from config.setup import studio
from tests.deployment import Deployment
from tests.services.binaries import missing, require
from tests.services.redis_server import RedisServer
from tests.studio.files import write_files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHOTS = Path(os.environ.get("STUDIO_SHOTS", ROOT / ".callsheet" / "screenshots"))

TOKEN = "the-operators-own"

Journey = Callable[..., dict[str, Any]]

LONGEST_JOURNEY: Final = 1000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give long journeys more than the usual time of a test; each has a limit of its own."""
    for item in items:
        if item.path.parent == HERE and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(LONGEST_JOURNEY))


@pytest.fixture(scope="session")
def node() -> studio.Node:
    """A Node, the studio's packages and the built page; `make test` has put them there."""
    try:
        found = studio.find_node(bring=False)
    except studio.NotBuilt as none:
        missing(f"the studio's tests need Node: {none}")
    if not (studio.SOURCE / "node_modules" / "playwright-core").exists():
        missing("the studio's packages are not installed (make studio)")
    if studio.built() != studio.fingerprint():
        missing("the studio is not built from its present source (make studio)")
    return found


@pytest.fixture(scope="session")
def chromium() -> str:
    return require("chromium", "chromium")


@pytest.fixture
def system(deployment: Deployment) -> str:
    """The address of a whole system."""
    return start(deployment)


def _house_with(**settings: str) -> Any:
    """A fixture: a whole system on these settings; its address."""

    @pytest.fixture
    def address(tmp_path: Path, redis_server: RedisServer) -> Iterator[str]:
        with Deployment(tmp_path, redis_server, OPERATOR_TOKEN=TOKEN, **settings) as deployment:
            yield start(deployment)

    return address


slow_system = _house_with(SIMULATION_SPEED="0.05")
examining = _house_with(EXAMINE_UPLOADS="on")
unlimited_system = _house_with(SIMULATION_SPEED="0.05", REQUESTS_A_MINUTE="0", USER_JOBS="50")
few_requests = _house_with(REQUESTS_A_MINUTE="15")
one_session = _house_with(MAX_SESSIONS="1")


@pytest.fixture
def guarded(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    """One whose operators have a token."""
    with Deployment(tmp_path, redis_server, OPERATOR_TOKEN=TOKEN) as deployment:
        yield deployment


def start(deployment: Deployment) -> str:
    deployment.start_control()
    address = deployment.start_web()
    deployment.start_workers("lite", "lite")
    return address


@pytest.fixture
def journey(node: studio.Node, chromium: str, tmp_path: Path) -> Journey:
    """Send the browser on a journey; what it came back with."""
    files = tmp_path / "files"
    files.mkdir()
    write_files(files)

    def go(name: str, address: str, seconds: float = 120, **more: str) -> dict[str, Any]:
        environ = os.environ | more
        environ |= {"STUDIO_URL": address, "STUDIO_FILES": str(files), "STUDIO_SHOTS": str(SHOTS)}
        environ |= {"STUDIO_CHROMIUM": chromium, "HOME": str(tmp_path), "STUDIO_TOKEN": TOKEN}
        done = subprocess.run(
            [node.node, "e2e/run.mjs", name],
            cwd=studio.SOURCE,
            env=environ,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    return go
