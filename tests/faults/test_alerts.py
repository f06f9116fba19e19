"""Every process that is killed is alerted on within two minutes, by the rules that are shipped."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.services.prometheus import Prometheus
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.ports import find_free_port
from web.monitoring.heartbeats import FLOWER, LEADER, LIVE, STANDBY, known

TOKEN = "prometheus-knows-this"
WITHIN_SECONDS = 120.0
FLOWER_COMMAND = ("celery", "--quiet", "-A", "web.flower_app", "flower")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_each_killed_process_is_alerted_on(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = {"METRICS_PORT": str(find_free_port()), "METRICS_TOKEN": TOKEN}
    extra |= {"BILLING": "on", "MCP": "on", "MCP_PORT": str(find_free_port())}
    extra |= {"EXPECTED_PROCESSES": "web=2, control=2, live=1, mcp=1, flower=1, lite=1, media=1"}
    with Deployment(tmp_path, redis_server, **extra) as system:
        address = system.start_web()
        system.start_web("second web")
        system.start_control()
        until(lambda: _names(system, LEADER), "a controller leads", 60)
        system.start_control("standby")
        system.start_workers("lite", "media")
        system.start("live", "web.live", LIVE="on", LIVE_PORT=str(find_free_port()))
        system.start("flower", *FLOWER_COMMAND, FLOWER_PORT=str(find_free_port()))
        system.start("mcp", "web.mcp", MCP_API_URL=address)
        with Prometheus(tmp_path / "prometheus", address, TOKEN, "5s") as prometheus:
            until(lambda: _up(prometheus) == 10, "every process is scraped by itself", 60)
            took = {"stopped worker": _stop_the_only_worker_of_media(system, prometheus)}
            took |= {
                name: _kill(system, prometheus, name, _is(alert, process))
                for name, alert, process in (
                    ("second web", "CallsheetControlPlaneAway", _name(system, "second web")),
                    ("standby", "CallsheetControlPlaneAway", _names(system, STANDBY)[0]),
                    ("live", "CallsheetControlPlaneAway", _names(system, LIVE)[0]),
                    ("mcp", "CallsheetControlPlaneAway", f"mcp@{system.settings.mcp.address}"),
                    ("flower", "CallsheetFlowerAway", _names(system, FLOWER)[0]),
                    ("worker-0", "CallsheetWorkerAway", _worker(system)[0]),
                    ("control", "CallsheetControlPlaneAway", _names(system, LEADER)[0]),
                )
            }
            until(lambda: _fires(prometheus, "CallsheetNoControl"), "no controller is left", 120)
            began = time.monotonic()
            redis_server.kill()
            until(lambda: _fires(prometheus, "CallsheetPartAway"), "Redis is gone", WITHIN_SECONDS)
            took["redis"] = time.monotonic() - began
            took["web"] = _kill(system, prometheus, "web", _is("CallsheetEntryAway", ""))
            until(lambda: _fires(prometheus, "CallsheetNoWeb"), "no web is left", 120)
    print({name: round(seconds, 1) for name, seconds in took.items()})
    assert max(took.values()) < WITHIN_SECONDS


def _names(system: Deployment, role: str) -> list[str]:
    return [process.name for process in known(system.services.redis) if process.role == role]


def _worker(system: Deployment, environment: str = "lite") -> list[str]:
    return [node.name for node in system.nodes() if node.environment == environment]


def _stop_the_only_worker_of_media(system: Deployment, prometheus: Prometheus) -> float:
    """Its target leaves the list at once, so no alert sees it down: it is expected."""
    assert len(_worker(system, "media")) == 1
    missing = {"alertname": "CallsheetProcessMissing", "part": "worker", "environment": "media"}
    return _kill(
        system,
        prometheus,
        "worker-1",
        lambda labels: missing.items() <= labels.items(),
        signal.SIGTERM,
    )


def _name(system: Deployment, name: str) -> str:
    return f"web@{known(system.services.redis)[0].host}.{system.process(name).pid}"


def _up(prometheus: Prometheus) -> int:
    return sum(target["health"] == "up" for target in prometheus.targets())


def _is(alert: str, process: str) -> Callable[[dict[str, str]], bool]:
    return lambda labels: labels["alertname"] == alert and labels.get("process", "") == process


def _fires(prometheus: Prometheus, alert: str) -> bool:
    return any(labels["alertname"] == alert for labels in prometheus.firing())


def _kill(
    system: Deployment,
    prometheus: Prometheus,
    name: str,
    expected: Callable[[dict[str, str]], bool],
    how: signal.Signals = signal.SIGKILL,
) -> float:
    """Kill a process; return the seconds until its alert fires."""
    began = time.monotonic()
    system.kill(name, how)
    until(
        lambda: any(expected(labels) for labels in prometheus.firing()),
        f"an alert for {name}",
        WITHIN_SECONDS,
    )
    return time.monotonic() - began
