"""The port of figures in control and workers."""

from __future__ import annotations

from pathlib import Path

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


def test_metrics_need_the_token(settings: Settings, registry: CollectorRegistry) -> None:
    place = metrics_server.serve(registry, settings)
    assert place == f"127.0.0.1:{settings.monitoring.metrics_port}"
    token = metrics_server.metrics_token(settings)
    for header in ({}, {"Authorization": f"Basic {token}"}, {"Authorization": f"Bearer {token}x"}):
        refused = httpx.get(f"http://{place}/metrics", headers=header)
        assert (refused.status_code, refused.content) == (401, b"")
        assert refused.headers["www-authenticate"] == "Bearer"
    right = {"Authorization": f"Bearer {token}"}
    assert "a_figure 7.0" in httpx.get(f"http://{place}/metrics", headers=right).text


def test_the_address_is_that_of_the_setting(
    settings: Settings, registry: CollectorRegistry
) -> None:
    """HOST opens the API to other machines, and not the metrics."""
    open_api = changed(settings, host="0.0.0.0", monitoring={"metrics_token": "chosen"})
    place = metrics_server.serve(registry, open_api)
    assert place.startswith("127.0.0.1:")
    right = {"Authorization": "Bearer chosen"}
    assert httpx.get(f"http://{place}/", headers=right).status_code == 200
    second = metrics_server.serve(registry, open_api)
    assert int(second.rpartition(":")[2]) > int(place.rpartition(":")[2])
