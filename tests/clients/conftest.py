"""A running system that the clients talk to, and a bad network before it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from config.settings import Settings, read
from config.setup import studio
from tests.deployment import ROOT, Deployment
from tests.faults.proxy import Proxy
from tests.services.redis_server import RedisServer
from tests.studio.conftest import node  # noqa: F401  a fixture
from tests.web.conftest import migrated, serving  # noqa: F401  a fixture

SOURCE = ROOT / "clients" / "typescript"
MODULES = studio.SOURCE / "node_modules"
"""The studio's packages: a compiler of the same version, React and a DOM."""


WORDS = "This is scene one. Here comes the second scene."
SIMULATED: Any = {"script": WORDS, "mode": "simulation", "height": 240}


def tsc(node: studio.Node, *arguments: str) -> str:  # noqa: F811
    compiler = MODULES / "typescript" / "bin" / "tsc"
    command = [node.node, str(compiler), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout


@pytest.fixture(scope="module")
def built(node: studio.Node, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder with the compiled client; there must be no errors."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "node_modules").symlink_to(MODULES)
    shutil.copytree(SOURCE / "src", folder / "src")
    shutil.copy(SOURCE / "tsconfig.json", folder)
    shutil.copy(SOURCE / "package.json", folder)
    assert tsc(node, "-p", str(folder)) == ""
    return folder


@pytest.fixture(scope="module")
def address(standing_deployment: Deployment) -> str:
    """The address of the system that the tests of a module share."""
    return standing_deployment.start_web()


@pytest.fixture
def proxy(address: str) -> Iterator[Proxy]:
    """A network before that system."""
    with Proxy(urlsplit(address).port or 0) as between:
        yield between


@dataclass(frozen=True)
class Api:
    """An API server alone, for what needs no worker."""

    address: str
    settings: Settings
    redis: redis.Redis


@contextmanager
def _serving_api(directory: Path, database: Path, **more: str) -> Iterator[Api]:
    shutil.copy(database, directory / "callsheet.db")
    with RedisServer(directory) as redis_server:
        environ = {"CALLSHEET_STATE": str(directory), "REDIS_URL": redis_server.url}
        environ |= {"PORT": "0", "CLAMD": "off", "EMPTY_SESSIONS_PER_ADDRESS": "0"}
        settings = read(environ | more)
        with serving(settings) as address, redis_server.client() as client:
            yield Api(address, settings, client)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Api]:  # noqa: F811
    """An API server that limits how often a caller may ask; the tests of a module share it."""
    directory = tmp_path_factory.mktemp("api")
    limits = {"REQUESTS_A_MINUTE": "60", "MAX_SESSIONS": "1000"}
    with _serving_api(directory, migrated, **limits) as served:
        yield served


@pytest.fixture
def full_after_one(tmp_path: Path, migrated: Path) -> Iterator[Api]:  # noqa: F811
    """An API server that has room for one session."""
    directory = tmp_path / "full"
    directory.mkdir()
    limits = {"MAX_SESSIONS": "1", "SESSION_HOURS": "0.01", "REQUESTS_A_MINUTE": "0"}
    with _serving_api(directory, migrated, **limits) as served:
        yield served
