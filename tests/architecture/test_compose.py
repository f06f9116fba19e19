"""What docker/compose.yaml says holds: every service is confined and has its own secrets only."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
import yaml

from config.environments import ENVIRONMENTS
from config.installation import ROOT
from config.settings import read

DOCKER = ROOT / "docker"


@cache
def compose_file(name: str = "compose.yaml") -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DOCKER / name).read_text())
    return read


@pytest.mark.parametrize("name", ["compose.yaml", "compose.logs.yaml"])
def test_compose_schema(name: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*command, DOCKER / name], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_service_of_compose_is_confined() -> None:
    for name, service in compose_file()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"privileged", "cap_add", "pid", "ipc", "network_mode"} & set(service), name
        user, group = map(int, service["user"].split(":"))
        assert user > 0, name
        assert user < 10000 or group == user, name
        assert any(place.startswith("/tmp:") for place in service["tmpfs"]), name
        assert {"mem_limit", "cpus", "pids_limit"} <= set(service), name
        assert name == "migrate" or "healthcheck" in service, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the world"


def test_networks_of_compose_part_workers_from_the_database() -> None:
    compose = compose_file()
    on = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert compose["networks"]["database"] == {"internal": True}
    assert {name for name, networks in on.items() if "database" in networks} == {
        "web",
        "control",
        "migrate",
        "postgres",
    }
    assert on["postgres"] == {"database"}
    assert on["redis"] == {"queue"}
    assert on["grafana"] == {"dashboards"}
    for environment in ENVIRONMENTS:
        assert on[environment] == {"queue"}


def test_each_service_of_compose_has_its_own_secrets_only() -> None:
    services = compose_file()["services"]
    for environment in ENVIRONMENTS:
        assert services[environment]["secrets"] == ["redis_worker_url", "metrics_token"]
    assert services["flower"]["secrets"] == ["redis_url", "metrics_token"]
    assert services["mcp"]["secrets"] == ["metrics_token"]
    holders = {name for name, one in services.items() if "database_url" in one.get("secrets", [])}
    assert holders == {"web", "control", "migrate"}


def test_profiles_bring_a_store_and_a_scanner_with_secrets_of_their_own() -> None:
    compose = compose_file()
    services = compose["services"]
    assert services["clamd"]["profiles"] == ["clamd"]
    assert services["store"]["profiles"] == ["store"]
    assert services["web"]["environment"]["CLAMD_SOCKET"] == "clamd:3310"
    for name in ("web", "control", *ENVIRONMENTS):
        files = services[name]["env_file"]
        assert {"path": "secrets/store.env", "required": False} in files, name
    paths = [secret["file"] for secret in compose["secrets"].values()]
    assert len(set(paths)) == len(paths)


def test_the_logs_of_every_service_are_shipped_by_a_confined_one() -> None:
    shipped = dict(compose_file("compose.logs.yaml")["services"])
    shipper = shipped.pop("logs")
    assert set(shipped) == set(compose_file()["services"])
    (port,) = shipper["ports"]
    assert port == "127.0.0.1:5514:5514/udp"
    for name, service in shipped.items():
        options = service["logging"]["options"]
        assert options["syslog-address"] == "udp://127.0.0.1:5514", name
        assert options["syslog-format"] == "rfc5424micro", name
    assert shipper["profiles"] == ["logs"]
    assert (shipper["read_only"], shipper["cap_drop"]) == (True, ["ALL"])
    assert shipper["user"] == "10001:10001"
    assert "no-new-privileges:true" in shipper["security_opt"]
    assert {"mem_limit", "cpus", "pids_limit", "healthcheck"} <= set(shipper)


def test_processes_that_compose_starts_are_expected() -> None:
    services = compose_file()["services"]
    text = services["web"]["environment"]["EXPECTED_PROCESSES"]
    found = read({"EXPECTED_PROCESSES": re.sub(r"\$\{\w+:-(.*)\}", r"\1", text)})
    ours = {"web", "control", "live", "mcp", "flower", *ENVIRONMENTS}
    assert {
        one.environment or one.part: one.count for one in found.monitoring.expected_processes
    } == {
        name: service.get("deploy", {}).get("replicas", 1)
        for name, service in services.items()
        if name in ours and "profiles" not in service
    }
