"""The control plane on real parts: a private Redis, a migrated database, a real server."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings, read
from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tests.services.postgres import Postgres, database_name
from tests.services.redis_server import RedisServer
from tests.web.caller import Caller
from web.accounts import passwords
from web.app import create_app
from web.db.engine import db
from web.http.operators import operator_token
from web.migrate import upgrade
from web.wsgi import create_live_app, open_server


def close(app: Flask) -> None:
    client = app.extensions["callsheet"].redis
    if "hub" in app.extensions:
        hub = app.extensions["hub"]
        hub.stop()
        with suppress(redis.RedisError):  # something to hear, so that it looks up at once
            client.publish(
                keys.LIVE, "9999999999999-0|0||" + Event(EventType.PROGRESS_UPDATE, "").to_json()
            )
        hub.thread.join()
        if "engine" in app.extensions:
            app.extensions["engine"].join()
    with app.app_context():
        db.engine.dispose()
    client.close()
    if "attempts" in app.extensions:
        app.extensions["attempts"].close()
    if "rates" in app.extensions:
        app.extensions["rates"].close()


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hash passwords with the least cost: 1 ms instead of 250."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "BCRYPT_COST", 4)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables: copied, not migrated, for each test."""
    state = tmp_path_factory.mktemp("migrated")
    app = create_app(read({"CALLSHEET_STATE": str(state)}))
    upgrade(app)
    close(app)
    return state / "callsheet.db"


@pytest.fixture
def settings(tmp_path: Path, redis_server: RedisServer, migrated: Path) -> Settings:
    """Those of a system whose parts are all there; port 0 lets the kernel choose."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    shutil.copy(migrated, state / "callsheet.db")
    environ = {"CALLSHEET_STATE": str(state), "REDIS_URL": redis_server.url, "PORT": "0"}
    environ |= {"MAX_SESSIONS": "1000", "REQUESTS_A_MINUTE": "0", "CLAMD": "off"}
    # One address is many callers here.
    environ |= {"EMPTY_SESSIONS_PER_ADDRESS": "0", "CONNECTIONS_PER_ADDRESS": "0"}
    environ |= {"CLIENTS_PER_ADDRESS": "0", "CLIENTS_PER_SESSION": "0"}
    return read(environ)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[FlaskClient]:
    """What calls one application that all tests of a module share: an operator calls it."""
    directory = tmp_path_factory.mktemp("standing")
    shutil.copy(migrated, directory / "callsheet.db")
    with RedisServer(directory) as redis_server:
        environ = {"CALLSHEET_STATE": str(directory), "REDIS_URL": redis_server.url, "PORT": "0"}
        environ |= {"MAX_SESSIONS": "1000", "REQUESTS_A_MINUTE": "0", "CLAMD": "off"}
        environ |= {"EMPTY_SESSIONS_PER_ADDRESS": "0", "OPERATOR_TOKEN": "operators-of-these-tests"}
        app = create_live_app(read(environ))
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = "Bearer operators-of-these-tests"
        yield client
        close(app)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an empty PostgreSQL database with all tables: a template for each test."""
    url = postgres.create()
    state = tmp_path_factory.mktemp("migrated-postgres")
    app = create_app(read({"CALLSHEET_STATE": str(state), "DATABASE_URL": url}))
    upgrade(app)
    close(app)
    return database_name(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """The same, once on each kind of database."""
    if request.param == "sqlite":
        yield settings
        return
    template: str = request.getfixturevalue("migrated_postgres")
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.create(template)
    yield replace(settings, database_url=url)
    postgres.drop(url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application without a server."""
    app = create_app(settings)
    with app.app_context():
        yield app
    close(app)


@pytest.fixture
def api(app: Flask) -> FlaskClient:
    """What calls it."""
    return app.test_client()


@contextmanager
def serving(settings: Settings, port: int = 0) -> Iterator[str]:
    """A web process's server, in a thread of this one; its address."""
    app = create_live_app(settings)
    server = open_server(app, "127.0.0.1", port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        close(app)


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """The address of a server on real parts."""
    with serving(settings) as address:
        yield address


@pytest.fixture
def caller(server: str) -> Iterator[Caller]:
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=30) as http:
        yield Caller(http)


def as_operator(settings: Settings) -> dict[str, str]:
    """Headers of an operator of a server on these settings."""
    return {"Authorization": f"Bearer {operator_token(settings)}"}


@pytest.fixture
def operator(server: str, settings: Settings) -> Iterator[httpx.Client]:
    """An operator of that server."""
    with httpx.Client(base_url=server, timeout=30, headers=as_operator(settings)) as http:
        yield http


@pytest.fixture
def serve() -> Callable[[Settings], object]:
    """For tests that need more than one server, or one on settings of their own."""
    return serving
