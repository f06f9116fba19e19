"""What docker/ says holds: by the linters and schemas of its formats, and against our own code."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.environments import ENVIRONMENTS
from config.setting import all_settings
from config.settings import Settings, read
from config.stages import ALL_STAGES
from tests.architecture.test_compose import compose_file

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
MANIFESTS = sorted([*(DOCKER / "kubernetes").rglob("*.yaml"), *(DOCKER / "redis").glob("*.yaml")])
KUBERNETES = ("1.33", "1.37")
"""The oldest and the newest version that is supported; helm's test has those between, too."""
NO_SCHEMA = ("Kustomization", "ScaledObject")
"""Not Kubernetes' own."""
OURS = ("callsheet-web", "callsheet-worker")
OTHERS = ("redis", "postgres", "prom", "graf", "clamav", "minio")
"""How images of other products begin."""

SETTINGS = {declared.metadata["env"]: declared.metadata for declared in all_settings(Settings)}
OFF = {"mcp.yaml"}
"""Manifests that an operator adds to the kustomization."""
# What others than the settings read.
BESIDE = {"SADTALKER_HOME", "FLOWER_BASIC_AUTH", "AWS_REGION"}


@cache
def _documents(path: Path) -> tuple[dict[str, Any], ...]:
    """Return the documents of a YAML file, which is parsed once."""
    return tuple(yaml.safe_load_all(path.read_text()))


def _objects(kind: str) -> Iterator[dict[str, Any]]:
    for path in MANIFESTS:
        yield from (o for o in _documents(path) if o["kind"] == kind)


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """The template of each pod, by the name of what makes it."""
    for kind in ("Deployment", "StatefulSet", "Job"):
        for made in _objects(kind):
            yield made["metadata"]["name"], made["spec"]["template"]


def _containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in _pods():
        for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]:
            yield name, container


@pytest.mark.parametrize("file", sorted(DOCKER.glob("*.Dockerfile")), ids=lambda path: path.name)
def test_hadolint(file: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    checked = subprocess.run([linter, file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda path: path.stem)
def test_kubernetes_schemas(file: Path) -> None:
    """Strictly: an unknown field is a mistake."""
    for manifest in _documents(file):
        if manifest["kind"] not in NO_SCHEMA:
            for version in KUBERNETES:
                kubernetes_validate.validate(manifest, version, strict=True)


def test_variables_are_settings_and_no_secret_is_inline() -> None:
    compose = {
        name: value
        for service in compose_file()["services"].values()
        if not str(service.get("image", OURS[0])).startswith(OTHERS)
        for name, value in service.get("environment", {}).items()
    }
    (config,) = _objects("ConfigMap")
    for name in {*compose, *config["data"]}:
        plain = name.removesuffix("_FILE")
        assert plain in {*SETTINGS, *BESIDE}, name
        assert not (plain == name and name in SETTINGS and SETTINGS[name]["hidden"]), name


def test_every_image_has_a_health_check() -> None:
    services = compose_file()["services"]
    for name, service in services.items():
        ours = "build" in service and name != "migrate"
        assert not ours or "healthcheck" in service, name
    for name, container in _containers():
        if container["name"] != "migrate":
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container), name


def test_modules_that_are_run_are_there() -> None:
    text = "".join(path.read_text() for path in [DOCKER / "compose.yaml", *MANIFESTS])
    named = set(re.findall(r'-m"?, "?([\w.]+)|-m ([\w.]+)', text))
    modules = {one or other for one, other in named}
    assert {"web.control", "web.control.health", "gpu_worker.health", "gpu_worker.drain"} <= modules
    for module in modules:
        assert importlib.util.find_spec(module), module


def test_hosted_engines_get_their_keys_where_they_run() -> None:
    """Without keys, everything starts without them."""
    hosted = {"script", "xtts", "hosted"}
    services = compose_file()["services"]
    for name in ENVIRONMENTS:
        files = services[name]["env_file"]
        assert ({"path": "secrets/engines.env", "required": False} in files) == (name in hosted)
    for name, container in _containers():
        refs = [source.get("secretRef") for source in container.get("envFrom", [])]
        there = {"name": "callsheet-engines", "optional": True} in refs
        assert there == (name in hosted), name


def test_a_drained_worker_has_as_long_as_its_longest_stage() -> None:
    """What `docs/operations/workers.md` says of ScaledJobs rests on it."""
    for name, pod in _pods():
        if name in ENVIRONMENTS:
            longest = max((ALL_STAGES[s].time_limit for s in ENVIRONMENTS[name].stages), default=0)
            (container,) = pod["spec"]["containers"]
            drain = container["lifecycle"]["preStop"]["exec"]["command"][-1]
            (seconds,) = map(int, re.findall(r"--seconds (\d+)$", drain))
            assert longest <= seconds < pod["spec"]["terminationGracePeriodSeconds"], name


def test_a_worker_gets_its_node_token_where_there_is_one() -> None:
    """The token's file comes last, and nothing beside it says which Redis user to be."""
    common = (DOCKER / "worker.env").read_text().splitlines()
    settings = [line for line in common if not line.startswith("#")]
    assert settings == ["REDIS_URL_FILE=/run/secrets/redis_worker_url"]
    token = {"REDIS_URL_FILE": "", "REDIS_URL": "redis://lite:x@redis/0"}
    environ = dict(line.split("=", 1) for line in settings) | token
    assert read(environ | {"CALLSHEET_STATE": "/state"}).redis_url == token["REDIS_URL"]
    for name in ENVIRONMENTS:
        service = compose_file()["services"][name]
        assert service["env_file"][0] == "worker.env", name
        own = {"path": f"secrets/node-{name}.env", "required": False}
        assert service["env_file"][-1] == own, name
        fixed = {"REDIS_URL", "REDIS_URL_FILE", "NODE_KEY", "SECRET_KEY", "SECRET_KEY_FILE"}
        assert not fixed & set(service["environment"]), name
        manifest = (DOCKER / "kubernetes" / "workers" / f"{name}.yaml").read_text()
        assert f"- secretRef: {{name: callsheet-node-{name}, optional: true}}" in manifest


# --- what every container has -----------------------------------------------------------


def test_every_pod_is_confined() -> None:
    for name, pod in _pods():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        rights = spec["securityContext"]
        assert rights["runAsNonRoot"] is True, name
        assert rights["runAsUser"] > 0, name
        assert rights["runAsGroup"] > 0, name
        assert rights["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), name
        assert not any("hostPath" in volume for volume in spec["volumes"]), name
        assert pod["metadata"]["labels"]["app.kubernetes.io/part-of"] == "callsheet", name


def test_every_container_of_a_pod_is_confined() -> None:
    for name, container in _containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
        assert "memory" in container["resources"]["limits"], name
        if container["image"].startswith(OURS):
            assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}, name


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    matched = all(
        labels.get(name) == value for name, value in selector.get("matchLabels", {}).items()
    )
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        matched = matched and labels.get(expression["key"]) in expression["values"]
    return matched


def _reached(labels: dict[str, str]) -> set[str]:
    """Where a pod may connect to: names of others' pods, `dns`, `world`."""
    reached = set()
    for policy in _objects("NetworkPolicy"):
        if not _selects(policy["spec"]["podSelector"], labels):
            continue
        for way in policy["spec"].get("egress", []):
            for to in way["to"]:
                labels_of = to.get("podSelector", {}).get("matchLabels", {})
                reached.add(next(iter(labels_of.values()), "world"))
    return reached


def test_network_policies_say_who_reaches_whom() -> None:
    plane = {"kube-dns", "redis", "postgresql", "clamav", "world"}
    expected = {name: {"kube-dns", "redis", "world"} for name in ENVIRONMENTS}
    expected |= {"web": plane, "control": plane}
    alone = {"kube-dns", "redis"}
    expected |= {"mcp": {"kube-dns", "web"}}
    expected |= {"flower": alone, "live": alone, "redis": {"kube-dns"}}
    expected |= {"migrate": {"kube-dns", "postgresql"}}
    assert {name: _reached(pod["metadata"]["labels"]) for name, pod in _pods()} == expected


def test_prometheus_reaches_the_metrics_of_every_process() -> None:
    for name, pod in _pods():
        ports = {
            port["containerPort"]
            for container in pod["spec"]["containers"]
            for port in container.get("ports", [])
            if port["name"] == "metrics"
        }
        policies = [
            policy["spec"]
            for policy in _objects("NetworkPolicy")
            if _selects(policy["spec"]["podSelector"], pod["metadata"]["labels"])
        ]
        entered = {
            port["port"]
            for policy in policies
            for way in policy.get("ingress", [])
            if any(_comes_from_prometheus(one) for one in way["from"])
            for port in way["ports"]
        }
        assert ports <= entered, name
        assert bool(ports) == (name not in ("redis", "migrate", "mcp")), name
        assert name != "mcp" or 5001 in entered  # it serves them on the port of its tools


def _comes_from_prometheus(source: dict[str, Any]) -> bool:
    labels = source.get("podSelector", {}).get("matchLabels", {})
    return bool(labels.get("app.kubernetes.io/name") == "prometheus")


def test_no_network_policy_opens_a_private_network_or_cloud_metadata() -> None:
    """The address at which a cloud hands out a machine's credentials is among the exceptions."""
    blocks = [
        to["ipBlock"]
        for policy in _objects("NetworkPolicy")
        for way in policy["spec"].get("egress", [])
        for to in way["to"]
        if "ipBlock" in to
    ]
    assert len(blocks) == 2
    for block in blocks:
        assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(
            block["except"]
        )


def test_every_pod_refuses_what_no_policy_allows() -> None:
    (everything,) = (p for p in _objects("NetworkPolicy") if p["metadata"]["name"] == "callsheet")
    assert everything["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everything["spec"]
    for _, pod in _pods():
        assert _selects(everything["spec"]["podSelector"], pod["metadata"]["labels"])


def test_kustomization_names_every_manifest() -> None:
    listed = _documents(DOCKER / "kubernetes" / "kustomization.yaml")[0]["resources"]
    files = {
        str(path.relative_to(DOCKER / "kubernetes"))
        for path in (DOCKER / "kubernetes").rglob("*.yaml")
        if path.name != "kustomization.yaml"
    }
    assert set(listed) == (files | {"../redis"}) - OFF


def test_the_mcp_server_is_off_until_its_manifest_is_listed() -> None:
    text = (DOCKER / "kubernetes" / "kustomization.yaml").read_text()
    assert re.findall(r"^  # - (\S+)", text, re.MULTILINE) == sorted(OFF)
    (container,) = (c for name, c in _containers() if name == "mcp")
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    mcp = read(plain).mcp
    assert (mcp.is_on, mcp.api_url) == (True, "http://web:5000")
    secrets = {
        o["valueFrom"]["secretKeyRef"]["name"]
        for o in container["env"]
        if "secretKeyRef" in o.get("valueFrom", {})
    }
    assert secrets == {"callsheet"}
    header = (DOCKER / "kubernetes" / "mcp.yaml").read_text()
    (config,) = _objects("ConfigMap")
    added = dict(re.findall(r'^#   (\w+): "?([^"\n]+)"?$', header, re.MULTILINE))
    assert read(config["data"] | added).mcp.address == "mcp:5001"


@pytest.mark.parametrize("file", sorted(DOCKER.glob("*.Dockerfile")), ids=lambda path: path.name)
def test_code_in_images_belongs_to_root(file: Path) -> None:
    """What runs cannot change itself: all is copied before the user is chosen."""
    steps = [line for line in file.read_text().splitlines() if re.match(r"[A-Z]+ ", line)]
    (user,) = (number for number, step in enumerate(steps) if step.startswith("USER "))
    assert steps[user] == "USER 10001:10001"
    assert not any(step.startswith(("COPY ", "RUN ", "ADD ")) for step in steps[user:])
    assert "--chown" not in file.read_text()


@pytest.mark.parametrize("file", sorted(DOCKER.glob("*.Dockerfile")), ids=lambda path: path.name)
def test_what_an_image_copies_is_in_its_context(file: Path) -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    sent = [rule[1:] for rule in rules if rule.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", file.read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(f"{source}/".startswith(f"{one}/") for one in sent), source


def test_processes_that_always_have_pods_are_expected() -> None:
    (config,) = _objects("ConfigMap")
    found = read(config["data"]).monitoring.expected_processes
    least = {o["metadata"]["name"]: o["spec"]["minReplicaCount"] for o in _objects("ScaledObject")}
    running = {
        made["metadata"]["name"]: least.get(
            made["metadata"]["name"], made["spec"].get("replicas", 1)
        )
        for made in _objects("Deployment")
        if made["metadata"]["name"] != "mcp"
    }
    assert {one.environment or one.part: one.count for one in found} == {
        name: count for name, count in running.items() if count
    }


def test_environments_that_scale_to_zero_count_as_available() -> None:
    scaled = {
        document["metadata"]["name"]
        for path in (ROOT / "docker" / "kubernetes" / "workers").glob("*.yaml")
        for document in _documents(path)
        if document["kind"] == "ScaledObject" and document["spec"]["minReplicaCount"] == 0
    }
    control_plane = _documents(DOCKER / "kubernetes" / "control-plane.yaml")
    [settings] = [d for d in control_plane if d["kind"] == "ConfigMap"]
    assert set(settings["data"]["AUTOSCALED_ENVIRONMENTS"].split(",")) == scaled
