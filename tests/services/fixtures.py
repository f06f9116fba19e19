"""The services as fixtures; `tests/conftest.py` brings them to every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # each is loaded by the first test that needs it
    from tests.services.clamav import Clamd
    from tests.services.postgres import Postgres
    from tests.services.redis_server import RedisServer
    from tests.services.redis_shelf import RedisShelf
    from tests.services.s3 import S3Server


@pytest.fixture(scope="session")
def redis_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisShelf]:
    """Where the Redis waits for the next test, if the last one has left it as it was."""
    from tests.services.redis_shelf import RedisShelf

    shelf = RedisShelf(lambda: tmp_path_factory.mktemp("redis"))
    yield shelf
    shelf.close()


@pytest.fixture
def redis_server(redis_shelf: RedisShelf) -> Iterator[RedisServer]:
    """A Redis of this test's own, with nothing in it: it may be killed and wiped."""
    yield redis_shelf.take()
    redis_shelf.give_back()


@pytest.fixture
def system_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use the ffmpeg of this machine, which the product prefers, instead of the wheel's."""
    from gpu_worker.media import ffmpeg

    monkeypatch.delenv("FFMPEG", raising=False)
    ffmpeg.executable.cache_clear()
    yield
    ffmpeg.executable.cache_clear()


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty `MODELS_DIR` of this test's own."""
    from config.settings import current

    directory = tmp_path / "models"
    directory.mkdir()
    monkeypatch.setenv("MODELS_DIR", str(directory))
    current.cache_clear()
    yield directory
    current.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The cluster of this session."""
    from tests.services.postgres import Postgres

    with Postgres() as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of this test's own, as SQLAlchemy says it."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The S3 of this session; `s3.bucket()` gives each test its own."""
    from tests.services.s3 import S3Server

    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def clamav() -> Iterator[Clamd]:
    """The virus scanner of this session; who freezes it thaws it."""
    from tests.services.clamav import Clamd

    with Clamd() as daemon:
        yield daemon
