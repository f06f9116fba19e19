"""The Helm chart, rendered by Helm's own code, is what Kubernetes accepts and what we promise."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.environments import ENVIRONMENTS
from config.installation import ROOT
from config.setting import all_settings
from config.settings import Settings, read
from config.version import VERSION

pytestmark = pytest.mark.slow
CHART = ROOT / "docker" / "helm"
PYTHON = ROOT / ".venvs" / "helm" / "bin" / "python"
VERSIONS = ("1.33", "1.34", "1.35", "1.36", "1.37")
NO_SCHEMA = ("ScaledObject", "ServiceMonitor", "PodMonitor", "PrometheusRule")
"""Not Kubernetes' own."""
EVERYTHING = {
    "images": {
        "registry": "registry.example.com/us",
        "tag": "1.2.3",
        "pullSecrets": [{"name": "k"}],
    },
    "store": {"endpoint": "https://store.example.com", "region": "eu-west-1"},
    "settings": {"CLAMD": "required", "KEEP_DAYS": 3, "BILLING": "on", "AUTH": "required"},
    "backup": {"enabled": True},
    "live": {"enabled": True},
    "mcp": {"enabled": True},
    "ingress": {"enabled": True},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "models": {"fetch": {"sadtalker": ["sadtalker"]}, "storageClass": "files"},
    "nodeSelector": {"pool": "video"},
}
LEAST: dict[str, Any] = {
    "keda": {"enabled": False},
    "flower": {"enabled": False},
    "redis": {"enabled": False},
    "models": {"enabled": False},
    "migrations": {"enabled": False},
    "networkPolicies": {"enabled": False},
    "disruptionBudgets": {"enabled": False},
    "topologySpread": {"enabled": False},
    "store": {"keysSecret": ""},
    "workers": {name: {"enabled": name == "lite", "min": 1} for name in ENVIRONMENTS},
}


def run(values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    if not PYTHON.exists():
        pytest.skip("Helm is not set up: make setup-helm")
    script = ROOT / "tests" / "system" / "render_chart.py"
    command = [str(PYTHON), "-I", str(script), str(CHART), json.dumps(values)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@cache
def answer(values: str) -> dict[str, Any]:
    done = run(json.loads(values))
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def objects(values: dict[str, Any], *kinds: str) -> Iterator[dict[str, Any]]:
    for name, text in answer(json.dumps(values))["rendered"].items():
        if name.endswith(".yaml"):
            found = (one for one in yaml.safe_load_all(text) if one)
            yield from (one for one in found if not kinds or one["kind"] in kinds)


def pods(values: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The template of each pod, by the name of what makes it."""
    for made in objects(values, "Deployment", "StatefulSet", "Job", "CronJob"):
        spec = made["spec"]
        spec = spec["jobTemplate"]["spec"] if made["kind"] == "CronJob" else spec
        yield made["metadata"]["name"], spec["template"]
    for made in objects(values, "Pod"):
        yield made["metadata"]["name"], made


@pytest.mark.parametrize("values", [{}, EVERYTHING, LEAST], ids=["default", "everything", "least"])
def test_kubernetes_accepts_it(values: dict[str, Any]) -> None:
    """Strictly: an unknown field is a mistake."""
    found = list(objects(values))
    assert len(found) > 4
    for one in found:
        if one["kind"] not in NO_SCHEMA:
            for version in VERSIONS:
                kubernetes_validate.validate(one, version, strict=True)
    names = [(one["kind"], one["metadata"]["name"]) for one in found]
    assert len(set(names)) == len(names)
    assert answer(json.dumps(values))["lint"]["errors"] == []


def test_everything_is_there_that_can_be_switched_on() -> None:
    kinds = {one["kind"] for one in objects(EVERYTHING)}
    assert kinds >= {
        "Deployment",
        "StatefulSet",
        "Job",
        "CronJob",
        "ConfigMap",
        "Service",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PersistentVolumeClaim",
        "ScaledObject",
        "ServiceMonitor",
        "PodMonitor",
        "PrometheusRule",
    }
    least = {one["kind"] for one in objects(LEAST)}
    assert least == {"Deployment", "ConfigMap", "Service", "Pod"}


@pytest.mark.parametrize("values", [EVERYTHING, LEAST], ids=["everything", "least"])
def test_pods_pass_the_restricted_profile_of_pod_security(values: dict[str, Any]) -> None:
    for name, pod in pods(values):
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        rights = spec["securityContext"]
        assert rights["runAsNonRoot"] is True, name
        assert rights["runAsUser"] > 0, name
        assert rights["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), name
        allowed = {"emptyDir", "configMap", "secret", "persistentVolumeClaim"}
        for volume in spec["volumes"]:
            assert set(volume) - {"name"} <= allowed, name
        for container in spec["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert not any("hostPort" in port for port in container.get("ports", [])), name
            assert {"requests", "limits"} <= set(container["resources"]), name


def test_long_lived_pods_have_three_probes_and_are_spread() -> None:
    for made in objects(EVERYTHING, "Deployment", "StatefulSet"):
        spec = made["spec"]["template"]["spec"]
        for container in spec["containers"]:
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        if made["kind"] == "Deployment":
            keys = {one["topologyKey"] for one in spec["topologySpreadConstraints"]}
            assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}


def test_images_have_a_registry_and_a_tag() -> None:
    for values, registry, tag in (
        (EVERYTHING, "registry.example.com/us", "1.2.3"),
        ({}, "registry.example.com", VERSION),
    ):
        images = {c["image"] for _, pod in pods(values) for c in pod["spec"]["containers"]}
        ours = {image for image in images if "callsheet" in image}
        workers = {f"{registry}/callsheet-worker:{tag}-{name}" for name in ENVIRONMENTS}
        assert ours == {f"{registry}/callsheet-web:{tag}", *workers}


def test_settings_are_ours_and_can_be_read() -> None:
    known = {declared.metadata["env"] for declared in all_settings(Settings)}
    (config,) = (o for o in objects(EVERYTHING, "ConfigMap") if "CALLSHEET_STATE" in o["data"])
    assert config["data"]["LIVE_URL"] == "/live"
    assert config["data"]["PUBLIC_URL"] == "https://callsheet.example.com"
    assert set(config["data"]) <= known | {"AWS_ENDPOINT_URL", "AWS_REGION"}
    settings = read(config["data"])
    assert settings.keep_days == 3
    assert set(settings.scaling.autoscaled_environments) == {
        "xtts",
        "sadtalker",
        "realesrgan",
        "lite",
    }
    (migrate,) = (o for o in objects(EVERYTHING, "Job") if o["metadata"]["name"] == "cs-migrate")
    (container,) = migrate["spec"]["template"]["spec"]["containers"]
    assert {one["name"]: one["value"] for one in container["env"]} == config["data"]


@pytest.mark.parametrize("values", [{}, EVERYTHING, LEAST], ids=["default", "everything", "least"])
def test_every_process_that_always_has_pods_is_expected(values: dict[str, Any]) -> None:
    (config,) = (o for o in objects(values, "ConfigMap") if "CALLSHEET_STATE" in o["data"])
    found = read(config["data"]).monitoring.expected_processes
    expected = {one.environment or one.part: one.count for one in found}
    scaled = {
        one["spec"]["scaleTargetRef"]["name"]: one["spec"]["minReplicaCount"]
        for one in objects(values, "ScaledObject")
    }
    running = {
        made["metadata"]["name"].removeprefix("cs-"): scaled.get(
            made["metadata"]["name"], made["spec"].get("replicas")
        )
        for made in objects(values, "Deployment")
    }
    assert expected == {name: count for name, count in running.items() if count}


def test_migrations_are_a_job_before_everything_else_and_no_init_container() -> None:
    (migrate,) = (o for o in objects({}, "Job") if o["metadata"]["name"] == "cs-migrate")
    assert migrate["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert not any("initContainers" in pod["spec"] for _, pod in pods(EVERYTHING))


def test_each_pod_gets_only_its_secrets() -> None:
    got = {
        name: {
            source["secretRef"]["name"]
            for container in pod["spec"]["containers"]
            for source in container.get("envFrom", [])
            if "secretRef" in source
        }
        for name, pod in pods(EVERYTHING)
    }
    assert got["cs-web"] == got["cs-control"] == {"callsheet", "callsheet-store"}
    assert got["cs-flower"] == {"callsheet-flower"}
    assert got["cs-migrate"] == {"callsheet"}
    assert got["cs-mcp"] == got["cs-live"] == set()
    for name in ENVIRONMENTS:
        engines = {"callsheet-engines"} if name in ("script", "xtts", "hosted") else set()
        own = {"callsheet-worker", "callsheet-store", f"callsheet-node-{name}"}
        assert got[f"cs-{name}"] == own | engines


def test_environments_are_scaled_by_the_metric_of_autoscale() -> None:
    scaled = {o["spec"]["scaleTargetRef"]["name"]: o for o in objects({}, "ScaledObject")}
    assert set(scaled) == {f"cs-{name}" for name in ENVIRONMENTS}
    for name in ENVIRONMENTS:
        (trigger,) = scaled[f"cs-{name}"]["spec"]["triggers"]
        query = f'max(callsheet_workers_wanted{{environment="{name}"}})'
        assert trigger["metadata"]["query"] == query


def test_monitors_give_the_labels_that_the_rules_ask_for() -> None:
    monitored = set()
    for monitor in objects(EVERYTHING, "ServiceMonitor", "PodMonitor"):
        spec = monitor["spec"]
        selector = spec["selector"]
        monitored |= {selector["matchLabels"].get("app.kubernetes.io/component")} - {None}
        for one in selector.get("matchExpressions", []):
            monitored |= set(one["values"])
        (endpoint,) = spec.get("endpoints") or spec["podMetricsEndpoints"]
        labels = {one["targetLabel"]: one for one in endpoint["relabelings"]}
        assert set(labels) == {"job", "part", "environment", "process"}
        assert labels["job"]["replacement"] == "callsheet"
    serving = {
        pod["metadata"]["labels"]["app.kubernetes.io/component"]
        for _, pod in pods(EVERYTHING)
        for container in pod["spec"]["containers"]
        if any(port["name"] == "metrics" for port in container.get("ports", []))
    }
    assert serving == {"web", "control", "live", "flower", "worker"}
    assert monitored == serving | {"mcp"}  # it serves them on the port of its tools
    (rules,) = objects(EVERYTHING, "PrometheusRule")
    shipped = yaml.safe_load((ROOT / "docker" / "prometheus" / "rules.yml").read_text())
    assert rules["spec"] == shipped
    address = "https://runbooks.example.com/alerts.md"
    linked = EVERYTHING | {"serviceMonitor": {"enabled": True, "runbooks": address}}
    (rules,) = objects(linked, "PrometheusRule")
    notes = [r["annotations"] for g in rules["spec"]["groups"] for r in g["rules"] if "alert" in r]
    assert all(note["runbook_url"].startswith(f"{address}#callsheet") for note in notes)


def test_helm_test_is_a_client_of_web_and_knows_no_secret() -> None:
    (pod,) = objects({}, "Pod")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (container,) = pod["spec"]["containers"]
    assert container["command"] == ["callsheet", "smoke", "http://cs-web:5000"]
    assert "envFrom" not in container
    smoke = {"app.kubernetes.io/component": "smoke"}
    sources = [
        source["podSelector"]["matchLabels"]
        for policy in objects({}, "NetworkPolicy")
        if policy["metadata"]["name"] == "cs-web"
        for way in policy["spec"]["ingress"]
        for source in way["from"]
        if "podSelector" in source
    ]
    assert any(smoke.items() <= source.items() for source in sources)
    (with_key,) = objects({"smoke": {"apiKeySecret": "a-key"}}, "Pod")
    assert with_key["spec"]["containers"][0]["envFrom"] == [{"secretRef": {"name": "a-key"}}]


def test_a_live_process_reads_redis_and_nothing_else() -> None:
    (pod,) = (pod for name, pod in pods(EVERYTHING) if name == "cs-live")
    (container,) = pod["spec"]["containers"]
    assert container["command"] == ["python", "-m", "web.live"]
    secrets = {
        one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})
    }
    assert secrets == {"REDIS_URL", "SECRET_KEY", "METRICS_TOKEN"}
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    assert read({"CALLSHEET_STATE": "/state", **plain}).live.is_on
    (ingress,) = objects(EVERYTHING, "Ingress")
    (rule,) = ingress["spec"]["rules"]
    services = {p["path"]: p["backend"]["service"]["name"] for p in rule["http"]["paths"]}
    assert services == {"/live": "cs-live", "/mcp": "cs-mcp", "/": "cs-web"}
    elsewhere = EVERYTHING | {"live": {"enabled": True, "url": "https://live.example.com"}}
    (ingress,) = objects(elsewhere, "Ingress")
    assert [p["path"] for p in ingress["spec"]["rules"][0]["http"]["paths"]] == ["/mcp", "/"]
    (config,) = (o for o in objects(elsewhere, "ConfigMap") if "LIVE_URL" in o["data"])
    assert config["data"]["LIVE_URL"] == "https://live.example.com"
    assert not [one for one in objects({}) if "live" in one["metadata"]["name"]]


def test_the_mcp_server_reaches_the_api_and_has_no_secret_but_that_of_its_metrics() -> None:
    (pod,) = (pod for name, pod in pods(EVERYTHING) if name == "cs-mcp")
    (container,) = pod["spec"]["containers"]
    assert container["command"] == ["python", "-m", "web.mcp"]
    secrets = {
        one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})
    }
    assert secrets == {"METRICS_TOKEN"}
    (config,) = (o for o in objects(EVERYTHING, "ConfigMap") if "CALLSHEET_STATE" in o["data"])
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    mcp = read(config["data"] | plain).mcp
    assert (mcp.is_on, mcp.host, mcp.api_url) == (True, "0.0.0.0", "http://cs-web:5000")
    assert mcp.address == "cs-mcp:5001"
    web = {
        "app.kubernetes.io/component": "web",
        "app.kubernetes.io/instance": "cs",
        "app.kubernetes.io/part-of": "callsheet",
    }
    reached, entered = _ports("mcp")
    assert (reached, entered) == ({53, 5000}, {5001})
    assert web in [
        to["podSelector"]["matchLabels"]
        for policy in objects(EVERYTHING, "NetworkPolicy")
        if policy["metadata"]["name"] == "cs-mcp"
        for way in policy["spec"]["egress"]
        for to in way["to"]
    ]
    assert not [one for one in objects({}) if "mcp" in one["metadata"]["name"]]


def test_network_policies_let_a_live_process_reach_redis_only() -> None:
    assert _ports("live") == ({53, 6379}, {5002, 9100})


def _ports(component: str) -> tuple[set[int], set[int]]:
    """Return the ports that pods of a component may reach, and those at which they are reached."""
    labels = {
        "app.kubernetes.io/instance": "cs",
        "app.kubernetes.io/part-of": "callsheet",
        "app.kubernetes.io/component": component,
    }
    reached: set[int] = set()
    entered: set[int] = set()
    for policy in objects(EVERYTHING, "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        if selector["matchLabels"].items() <= labels.items() and all(
            labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", [])
        ):
            for way in policy["spec"].get("egress", []):
                reached |= {port["port"] for port in way["ports"]}
            for way in policy["spec"].get("ingress", []):
                entered |= {port["port"] for port in way["ports"]}
    return reached, entered


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"imagse": {}}, "imagse"),
        ({"web": {"replicas": 0}}, "replicas"),
        ({"live": {"url": "live/"}}, "url"),
        ({"mcp": {"enabled": True}}, "needs settings.BILLING"),
        ({"workers": {"voice": {"enabled": True}}}, "voice"),
        ({"keda": {"enabled": False}}, "needs keda.enabled"),
    ],
)
def test_a_wrong_value_is_refused(values: dict[str, Any], sentence: str) -> None:
    done = run(values)
    assert done.returncode == 1
    assert sentence in done.stdout


def test_the_chart_has_the_version_of_the_program() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)
