"""A real Prometheus scrapes the running system: every rule and every panel finds something."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import select

from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import ProviderUnavailable
from tasks.messaging.redis_client import connect_fail_fast
from tasks.telemetry.metrics_server import metrics_token
from tests.deployment import ROOT, Deployment
from tests.services.binaries import require
from tests.services.prometheus import CONFIGURATION, Prometheus, annotations, expressions
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.listener import listening
from web.cli.local.ports import find_free_port
from web.db.engine import writing
from web.providers import registry
from web.providers.models import ProviderModel

TOKEN = "prometheus-knows-this"
WATCHED = {
    "METRICS_PORT": str(find_free_port()),
    "METRICS_TOKEN": TOKEN,
    "GPU_MEMORY_MB": "24000",
    "EXPECTED_PROCESSES": "web=1, control=1, lite=1",
}
PARTS = ["control", "entry", "flower", "web", "worker"]
DASHBOARDS = CONFIGURATION.parent / "grafana" / "dashboards"


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A system that has done, found and failed something, and who watches it."""
    directory = tmp_path_factory.mktemp("scraped")
    (directory / "redis").mkdir()
    with (
        RedisServer(directory / "redis") as redis_server,
        Deployment(directory, redis_server, **WATCHED, PATH=_with_a_card(directory)) as deployment,
    ):
        address = deployment.start_web()
        _let_a_model_close(deployment)
        deployment.start_control()
        deployment.start_workers("lite")
        flower = ("celery", "--quiet", "-A", "web.flower_app", "flower")
        deployment.start("flower", *flower, FLOWER_PORT=str(find_free_port()))
        with Prometheus(directory / "prometheus", address, TOKEN) as prometheus:
            _see_all(prometheus)
            _live_a_little(deployment, address)
            yield prometheus


def _let_a_model_close(deployment: Deployment) -> None:
    with deployment.app.app_context(), writing() as db:
        model = db.scalars(select(ProviderModel).where(ProviderModel.closed_on.is_(None))).first()
        assert model is not None
        model.deprecated_on, model.closed_on = registry.today(), registry.today() + timedelta(30)


def _with_a_card(directory: Path) -> str:
    """A path on which the driver's tool tells of a graphics card that is half used."""
    tool = directory / "nvidia-smi"
    card = 'echo "A card, 50, 12000, 24000"'
    tool.write_text(f'#!/bin/sh\ncase "$*" in *memory.used*) {card};; *) exit 9;; esac\n')
    tool.chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def _see_all(prometheus: Prometheus) -> None:
    """Before anything happens: a counter that begins at one has no rate."""

    def seen() -> bool:
        parts = [t["labels"].get("part") for t in prometheus.targets() if t["health"] == "up"]
        return sorted(filter(None, parts)) == PARTS

    until(seen, "every process is scraped", 60)


def _live_a_little(deployment: Deployment, address: str) -> None:
    session_id, job_id = deployment.accept(seed=1)
    with listening(address) as listener:
        listener.subscribe(session_id)
        assert deployment.until_ended(job_id).state == "succeeded"
        _, again = deployment.submit(seed=1)
        assert deployment.until_ended(again).state == "succeeded"
        bad = deployment.services.artifacts.put_bytes(b"no picture", "image/png")
        _, failing = deployment.accept(mode="auto", engines={"animate": "simulated"}, face=bad)
        assert deployment.until_ended(failing).state == "failed"
        httpx.get(f"{address}/process/none")
        with (
            connect_fail_fast(deployment.settings) as client,
            pytest.raises(ProviderUnavailable),
            CircuitBreakers(client).guarded_call("a-provider"),
        ):
            raise OSError
        figures = httpx.get(f"{address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert "callsheet_sockets 1.0" in figures.text


def _finds(prometheus: Prometheus, expression: str) -> bool:
    # An alert that is quiet finds nothing; compared as true or false, it finds 0. What must not be
    # absent is there.
    expression = re.sub(r"^absent\((.*)\)$", r"\1", expression)
    told = re.sub(r"(==|!=|>=|<=|>|<) (?=[\d.]|on )", r"\1 bool ", expression)
    return bool(prometheus.query(told))


def test_rules_fire_when_they_should() -> None:
    promtool = require("promtool", "prometheus")
    checked = subprocess.run(
        [promtool, "test", "rules", str(Path(__file__).with_name("rules_test.yml"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


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
    [
        "callsheet_warm_share > 0",
        'callsheet:part_up{part="redis"} == 1',
        'callsheet:part_up{part="database"} == 1',
        "callsheet_card_bytes > 2e10",
        "callsheet_workers_wanted",
        "callsheet_gpu_used_ratio == 0.5",
        "callsheet_gpu_memory_used_ratio == 0.5",
    ],
)
def test_scaling_metrics_are_exposed(scraped: Prometheus, figure: str) -> None:
    until(lambda: bool(scraped.query(figure)), f"{figure} is known", 60)


def test_metrics_require_a_monitoring_or_operator_token(deployment: Deployment) -> None:
    client = deployment.app.test_client()
    monitor = {"Authorization": f"Bearer {metrics_token(deployment.settings)}"}
    assert monitor != deployment.operator
    assert client.get("/sessions", headers=monitor).status_code == 403
    for path in ("/metrics", "/metrics/targets", "/load"):
        assert client.get(path, headers=deployment.operator).status_code == 200
        assert client.get(path, headers=monitor).status_code == 200
        refused = client.get(path)
        assert (refused.status_code, refused.json["error_code"]) == (403, "OPERATORS_ONLY")


def test_redis_outage_hides_no_other_metric(
    deployment: Deployment, redis_server: RedisServer
) -> None:
    redis_server.kill()
    text = deployment.app.test_client().get("/metrics", headers=deployment.operator).text
    assert 'callsheet_part_up{part="redis"} 0.0' in text
    assert 'callsheet_jobs{state="queued"} 0.0' in text


def test_every_alert_has_its_runbook() -> None:
    page = (ROOT / "docs" / "operations" / "alerts.md").read_text()
    alerts = [name for name in expressions() if ":" not in name]
    assert re.findall(r"^### (Callsheet\w+)$", page, re.MULTILINE) == alerts
    links = [notes["runbook_url"] for notes in annotations().values()]
    assert links == [f"{{{{ $externalLabels.runbooks }}}}#{name.lower()}" for name in alerts]
    base = yaml.safe_load((CONFIGURATION / "prometheus.yml").read_text())["global"]
    assert base["external_labels"]["runbooks"].startswith("https://")


def test_every_figure_that_a_panel_or_rule_asks_for_is_on_the_page(scraped: Prometheus) -> None:
    """And the other way round: what the page names is really told."""
    page = (ROOT / "docs" / "operations" / "monitoring.md").read_text()
    asked = " ".join([*expressions().values(), *_panels().values()])
    used = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(_FIGURE, asked)}
    named = set(re.findall(f"`({_FIGURE})`", page))
    assert used - named == set()
    for name in sorted(name for name in named - _ABSENT_HERE if not name.startswith(_LIVE)):
        known = f'{{__name__=~"{name}(_bucket)?"}}'
        until(lambda known=known: bool(scraped.query(known)), f"{name} is known", 60)


_FIGURE = r"callsheet_\w+"
_LIVE = "callsheet_live_"
"""Of the live process; `tests/web/live` has them."""
_ABSENT_HERE = {"callsheet_card_model_bytes", "callsheet_node_requests_refused_total"}
"""Series that begin with their first case: a model on a GPU, a refused request of a node.

`tests/fleet` has the first.
"""
