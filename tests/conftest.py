"""Fixtures for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House
from tests.services.redis_server import RedisServer

pytest_plugins = ["tests.services.fixtures"]


@pytest.fixture
def house(tmp_path: Path, redis_server: RedisServer) -> Iterator[House]:
    """A system on SQLite and a local store, with nothing running in it yet."""
    with House(tmp_path, redis_server) as built:
        yield built


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bench-jobs", type=int, default=200, help="jobs that tests/bench/test_flat.py runs"
    )
