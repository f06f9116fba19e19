"""A real Prometheus scrapes the running system: every rule and every panel finds something."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tasks.domain.errors import ProviderUnavailable
from tasks.outside import Outside
from tasks.redis_client import connect_hastily
from tests.house import House
from tests.integration.listening import Listener
from tests.services.prometheus import CONFIGURATION, Prometheus, expressions
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.system.ports import a_free_one

TOKEN = "operators-know-this"
WATCHED = {
    "METRICS_PORT": str(a_free_one()),
    "OPERATOR_TOKEN": TOKEN,
    "GPU_MEMORY_MB": "24000",
}
DASHBOARDS = CONFIGURATION.parent / "grafana" / "dashboards"


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A system that has done, found and failed something, and who watches it."""
    directory = tmp_path_factory.mktemp("scraped")
    (directory / "redis").mkdir()
    with (
        RedisServer(directory / "redis") as redis_server,
        House(directory, redis_server, **WATCHED) as house,
    ):
        address = house.start_web()
        house.start_control()
        house.start_workers("lite")
        with Prometheus(directory / "prometheus", address, TOKEN) as prometheus:
            _see_all(prometheus)
            _live_a_little(house, address)
            yield prometheus


def _see_all(prometheus: Prometheus) -> None:
    """Before anything happens: a counter that begins at one has no rate."""

    def seen() -> bool:
        parts = [t["labels"].get("part") for t in prometheus.targets() if t["health"] == "up"]
        return sorted(filter(None, parts)) == ["control", "web", "worker"]

    until(seen, "web, control and the worker are scraped", 60)


def _live_a_little(house: House, address: str) -> None:
    session_id, job_id = house.accept(seed=1)
    listener = Listener(address)
    listener.subscribe(session_id)
    assert house.until_ended(job_id).state == "succeeded"
    _, again = house.submit(seed=1)
    assert house.until_ended(again).state == "succeeded"
    bad = house.services.artifacts.put_bytes(b"no picture", "image/png")
    _, failing = house.accept(mode="auto", engines={"animate": "simulated"}, face=bad)
    assert house.until_ended(failing).state == "failed"
    httpx.get(f"{address}/process/none")
    with (
        connect_hastily(house.settings) as client,
        pytest.raises(ProviderUnavailable),
        Outside(client).calling("a-provider"),
    ):
        raise OSError
    listener.socket.disconnect()


def _finds(prometheus: Prometheus, expression: str) -> bool:
    # An alert that is quiet finds nothing; compared as true or false, it finds 0.
    told = re.sub(r"(==|!=|>=|<=|>|<) (?=[\d.])", r"\1 bool ", expression)
    return bool(prometheus.query(told))


@pytest.mark.parametrize("name", expressions())
def test_every_rule_finds_something(scraped: Prometheus, name: str) -> None:
    until(lambda: _finds(scraped, expressions()[name]), f"{name} is known", 60)


def _panels() -> dict[str, str]:
    dashboards = [json.loads(file.read_text()) for file in DASHBOARDS.glob("*.json")]
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        for dashboard in dashboards
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }


@pytest.mark.parametrize("panel", _panels())
def test_every_panel_finds_something(scraped: Prometheus, panel: str) -> None:
    until(lambda: bool(scraped.query(_panels()[panel])), f"{panel} is known", 60)


@pytest.mark.parametrize(
    "figure",
    ["callsheet_warm_share > 0", "callsheet_card_bytes > 2e10", "callsheet_workers_wanted"],
)
def test_what_scaling_and_routing_go_by_is_told(scraped: Prometheus, figure: str) -> None:
    until(lambda: bool(scraped.query(figure)), f"{figure} is known", 60)


def test_figures_are_for_operators(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = house.app.test_client()
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    for path in ("/metrics", "/metrics/targets"):
        assert client.get(path).status_code == 200
        refused = client.get(path, headers=forwarded)
        assert (refused.status_code, refused.json["error_code"]) == (403, "OPERATORS_ONLY")


def test_redis_away_hides_no_other_figure(house: House, redis_server: RedisServer) -> None:
    redis_server.kill()
    text = house.app.test_client().get("/metrics").text
    assert 'callsheet_part_up{part="redis"} 0.0' in text
    assert 'callsheet_jobs{state="queued"} 0.0' in text


def test_alerts_are_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    alerts = [name for name in expressions() if ":" not in name]
    assert re.findall(r"^\| `(Callsheet\w+)` \|", page, re.MULTILINE) == alerts
