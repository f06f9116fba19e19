"""A running system that the clients talk to, and a bad network before it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from config.settings import Settings, read
from tests.deployment import Deployment
from tests.faults.proxy import Proxy
from tests.services.redis_server import RedisServer
from tests.web.conftest import migrated, serving  # noqa: F401  a fixture


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


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Api]:  # noqa: F811
    """An API server that limits how often a caller may ask; the tests of a module share it."""
    directory = tmp_path_factory.mktemp("api")
    shutil.copy(migrated, directory / "callsheet.db")
    with RedisServer(directory) as redis_server:
        environ = {"CALLSHEET_STATE": str(directory), "REDIS_URL": redis_server.url}
        environ |= {"PORT": "0", "CLAMD": "off", "REQUESTS_A_MINUTE": "60"}
        environ |= {"EMPTY_SESSIONS_PER_ADDRESS": "0", "MAX_SESSIONS": "1000"}
        settings = read(environ)
        with serving(settings) as address, redis_server.client() as client:
            yield Api(address, settings, client)
