"""An environment is declared once; everything that carries its name is held equal to it."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from config.environments import ENVIRONMENTS, queues_served
from config.stages import ALL_STAGES
from web.cli.local import procfile

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "config" / "locks"

# Beside the environments: the control plane, the tests, the measurements, the fuzzer, what one of
# them is compared with, what builds the studio, traces, what renders the Helm chart, and what sets
# all up.
OTHER_GROUPS = {"web", "dev", "bench", "fuzz", "upstream", "studio", "telemetry", "helm", "uv"}
# Lines beside the environments.
OTHER_PROCESSES = {"redis", "web", "control", "live", "mcp", "flower"}


@pytest.fixture(scope="module")
def groups() -> dict[str, list[str | dict[str, str]]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared: dict[str, list[str | dict[str, str]]] = project["dependency-groups"]
    return declared


def test_dependency_groups(groups: dict[str, object]) -> None:
    assert set(groups) == set(ENVIRONMENTS) | OTHER_GROUPS


def test_locks(groups: dict[str, object]) -> None:
    assert {path.stem for path in LOCKS.glob("*.txt")} == set(groups)


def test_procfile() -> None:
    programs = procfile.read(ROOT / "Procfile")
    assert set(programs) == set(ENVIRONMENTS) | OTHER_PROCESSES
    for name in ENVIRONMENTS:
        assert programs[name].command == ("python", "-m", "gpu_worker", name)


def test_makefile() -> None:
    (line,) = re.findall(r"^ENVIRONMENTS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(shlex.split(line)) == set(ENVIRONMENTS)


def test_compose() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    built = {name: service.get("build", {}).get("args") for name, service in services.items()}
    assert {name for name, args in built.items() if args} == set(ENVIRONMENTS)
    assert all(built[name] == {"ENVIRONMENT": name} for name in ENVIRONMENTS)
    assert set(services) >= OTHER_PROCESSES


def test_kubernetes() -> None:
    """Each environment has workers, and what scales them, under its own name."""
    place = ROOT / "docker" / "kubernetes"
    kustomization = yaml.safe_load((place / "kustomization.yaml").read_text())
    files = {path.stem: path for path in (place / "workers").iterdir()}
    assert set(files) == set(ENVIRONMENTS)
    assert {f"workers/{name}.yaml" for name in ENVIRONMENTS} <= set(kustomization["resources"])
    for name, path in files.items():
        deployment, scaling = yaml.safe_load_all(path.read_text())
        assert deployment["metadata"]["name"] == scaling["metadata"]["name"] == name
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["image"] == f"callsheet-worker:{name}"
        drain = container["lifecycle"]["preStop"]["exec"]["command"][-1]
        assert f".venvs/{name}/bin/python -m gpu_worker.drain" in drain
        queries = [trigger["metadata"]["query"] for trigger in scaling["spec"]["triggers"]]
        # What `callsheet autoscale` goes by, and nothing else.
        assert queries == [f'max(callsheet_workers_wanted{{environment="{name}"}})']


def test_stages() -> None:
    for name, environment in ENVIRONMENTS.items():
        assert set(environment.stages) <= set(ALL_STAGES)
        mine = {stage.name for stage in ALL_STAGES.values() if stage.environment == name}
        assert mine <= set(environment.stages)
    assert {stage.environment for stage in ALL_STAGES.values()} <= set(ENVIRONMENTS)
    assert set(queues_served("lite")) == set(ENVIRONMENTS)


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_lock_names_no_host_and_no_place(lock: Path) -> None:
    text = lock.read_text()
    assert re.search(r"://|@ |--(index|extra|find|trusted)|file:|^/", text, re.MULTILINE) is None


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_hashed(lock: Path) -> None:
    requirements = re.split(r"\n(?=\S)", lock.read_text().strip())
    for requirement in requirements:
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


@pytest.mark.parametrize("name", sorted({*ENVIRONMENTS, *OTHER_GROUPS}))
def test_a_lock_has_what_its_group_asks_for(
    name: str, groups: dict[str, list[str | dict[str, str]]]
) -> None:
    """A package that was added without `make lock` fails this test."""
    locked = {line.partition("==")[0] for line in (LOCKS / f"{name}.txt").read_text().splitlines()}
    missing = {wish for wish in _wishes(name, groups) if wish not in locked}
    assert missing == set()


def _wishes(name: str, groups: dict[str, list[str | dict[str, str]]]) -> set[str]:
    wishes: set[str] = set()
    for wish in groups[name]:
        if isinstance(wish, dict):
            wishes |= _wishes(wish["include-group"], groups)
        else:
            wishes.add(re.split(r"[\[<>=!~; ]", wish)[0].lower().replace("_", "-"))
    return wishes
