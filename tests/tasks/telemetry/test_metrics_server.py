"""The port of figures in control and workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from config.settings import Settings, read
from tasks.telemetry import metrics_server
from tests.changed_settings import changed
from web.cli.local.ports import find_free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read({"CALLSHEET_STATE": str(tmp_path), "METRICS_PORT": str(find_free_port())})


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("a_figure", "Of a test.", registry=registry).set(7)
    return registry


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """`metrics_server.serve`, whose servers end with the test and not with the process."""
    servers: list[WSGIServer] = []

    def make(*args: Any, **more: Any) -> WSGIServer:
        servers.append(make_server(*args, **more))
        return servers[-1]

    monkeypatch.setattr(metrics_server, "make_server", make)
    yield metrics_server.serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_metrics_need_the_token(
    serve: Callable[..., str], settings: Settings, registry: CollectorRegistry
) -> None:
    place = serve(registry, settings)
    assert place == f"127.0.0.1:{settings.monitoring.metrics_port}"
    token = metrics_server.metrics_token(settings)
    for header in ({}, {"Authorization": f"Basic {token}"}, {"Authorization": f"Bearer {token}x"}):
        refused = httpx.get(f"http://{place}/metrics", headers=header)
        assert (refused.status_code, refused.content) == (401, b"")
        assert refused.headers["www-authenticate"] == "Bearer"
    right = {"Authorization": f"Bearer {token}"}
    assert "a_figure 7.0" in httpx.get(f"http://{place}/metrics", headers=right).text


def test_the_address_is_that_of_the_setting(
    serve: Callable[..., str], settings: Settings, registry: CollectorRegistry
) -> None:
    """HOST opens the API to other machines, and not the metrics."""
    open_api = changed(settings, host="0.0.0.0", monitoring={"metrics_token": "chosen"})
    place = serve(registry, open_api)
    assert place.startswith("127.0.0.1:")
    right = {"Authorization": "Bearer chosen"}
    assert httpx.get(f"http://{place}/", headers=right).status_code == 200
    second = serve(registry, open_api)
    assert int(second.rpartition(":")[2]) > int(place.rpartition(":")[2])
