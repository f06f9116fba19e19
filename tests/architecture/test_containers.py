"""What docker/ says holds: by the linters and schemas of its formats, and against our own code."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.environments import ENVIRONMENTS
from config.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
MANIFESTS = sorted((DOCKER / "kubernetes").rglob("*.yaml"))
KUBERNETES = "1.34"
NO_SCHEMA = ("Kustomization", "ScaledObject")
"""Not Kubernetes' own."""
OURS = ("callsheet-web", "callsheet-worker")

SETTINGS = {declared.metadata["env"]: declared.metadata for declared in fields(Settings)}
# What others than the settings read.
BESIDE = {"SADTALKER_HOME", "FLOWER_BASIC_AUTH"}


def _objects(kind: str) -> Iterator[dict[str, Any]]:
    for path in MANIFESTS:
        yield from (o for o in yaml.safe_load_all(path.read_text()) if o["kind"] == kind)


def _containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for deployment in _objects("Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            yield deployment["metadata"]["name"], container


def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return read


@pytest.mark.parametrize("file", sorted(DOCKER.glob("*.Dockerfile")), ids=lambda path: path.name)
def test_hadolint(file: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    checked = subprocess.run([linter, file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [*command, DOCKER / "compose.yaml"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda path: path.stem)
def test_kubernetes_schemas(file: Path) -> None:
    """Strictly: an unknown field is a mistake."""
    for manifest in yaml.safe_load_all(file.read_text()):
        if manifest["kind"] not in NO_SCHEMA:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_variables_are_settings_and_no_secret_is_inline() -> None:
    compose = {
        name: value
        for service in _compose()["services"].values()
        if not str(service.get("image", OURS[0])).startswith(("redis", "postgres", "prom", "graf"))
        for name, value in service.get("environment", {}).items()
    }
    (config,) = _objects("ConfigMap")
    for name in {*compose, *config["data"]}:
        plain = name.removesuffix("_FILE")
        assert plain in {*SETTINGS, *BESIDE}, name
        assert not (plain == name and name in SETTINGS and SETTINGS[name]["hidden"]), name


def test_whoever_runs_our_images_can_be_asked_how_it_is() -> None:
    services = _compose()["services"]
    for name, service in services.items():
        ours = "build" in service and name != "migrate"
        assert not ours or "healthcheck" in service, name
    for name, container in _containers():
        if container["name"] != "migrate":
            assert {"readinessProbe", "livenessProbe"} <= set(container), name


def test_modules_that_are_run_are_there() -> None:
    text = "".join(path.read_text() for path in [DOCKER / "compose.yaml", *MANIFESTS])
    named = set(re.findall(r'-m"?, "?([\w.]+)|-m ([\w.]+)', text))
    modules = {one or other for one, other in named}
    assert {"web.control", "web.control.health", "gpu_worker.health", "gpu_worker.drain"} <= modules
    for module in modules:
        assert importlib.util.find_spec(module), module


def test_hosted_engines_get_their_keys_where_they_run() -> None:
    """Where nobody has keys, all starts without them."""
    hosted = {"script", "xtts"}
    services = _compose()["services"]
    for name in ENVIRONMENTS:
        files = services[name].get("env_file", [])
        assert files == [{"path": "secrets/engines.env", "required": False}] * (name in hosted)
    for name, container in _containers():
        refs = [source.get("secretRef") for source in container["envFrom"]]
        there = {"name": "callsheet-engines", "optional": True} in refs
        assert there == (name in hosted), name
