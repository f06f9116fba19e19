"""Fixtures for every test."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.services import bundled_ffmpeg

if TYPE_CHECKING:
    from tests.deployment import Deployment
    from tests.services.redis_server import RedisServer

# How long an example takes is the machine's affair, not the property's.
settings.register_profile("callsheet", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("callsheet")

pytest_plugins = ["tests.cost", "tests.leftovers", "tests.skipped", "tests.services.fixtures"]


@pytest.fixture
def deployment(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    """A system on SQLite and a local store, with nothing running in it yet."""
    from tests.deployment import Deployment  # loads the whole system: not for every test

    with Deployment(tmp_path, redis_server) as built:
        yield built


@pytest.fixture(scope="module")
def standing_deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A controller and two workers that the tests of a module share; see `shared_deployment`."""
    from tests.deployment import Deployment
    from tests.services.redis_server import RedisServer

    directory = tmp_path_factory.mktemp("standing-deployment")
    (directory / "redis").mkdir()
    with (
        RedisServer(directory / "redis") as server,
        Deployment(directory, server) as built,
    ):
        built.start_control()
        built.start_workers("lite", "lite")
        yield built


@pytest.fixture
def shared_deployment(
    standing_deployment: Deployment, request: pytest.FixtureRequest
) -> Iterator[Deployment]:
    """The same system for each test of a module, which kills nothing in it.

    Its jobs belong to an owner of its own: no test finds the results of another.
    """
    from tests.services.waiting import until

    standing_deployment.owner = f"key:{request.node.name}"
    yield standing_deployment
    until(lambda: not any(n.doing for n in standing_deployment.nodes()), "the workers are idle")


@pytest.fixture
def slow_deployment(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    """The same with stages that last long enough to be caught at work."""
    from tests.deployment import Deployment

    with Deployment(tmp_path, redis_server, SIMULATION_SPEED="0.02") as built:
        yield built


def pytest_configure(config: pytest.Config) -> None:
    """Set the size of benchmarks, and use the quick ffmpeg where its speed is not measured."""
    gc.disable()  # until all is collected: what imports make stays
    if config.getoption("small"):
        os.environ["BENCH_SMALL"] = "1"  # for tests/bench/small.py, and processes of a bench
    if config.getoption("markexpr") != "bench":
        os.environ.update(bundled_ffmpeg.environ() | os.environ)


def pytest_collection_finish() -> None:
    """Let garbage collections pass over what collecting has imported: it all stays."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--small", action="store_true", help="of each benchmark only as much as shows that it runs"
    )
    parser.addoption(
        "--bench-jobs", type=int, default=0, help="jobs of tests/bench/test_flat.py; 0: as usual"
    )
    parser.addoption("--soak-jobs", type=int, default=500, help="jobs of the soak")
    parser.addoption("--soak-seconds", type=int, default=600, help="how long faults strike")
    parser.addoption("--soak-seed", type=int, default=0, help="of the faults; 0: any")
