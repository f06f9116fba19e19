"""What import-linter cannot say: engines alone, and what is loaded when a process runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from grimp import ImportGraph, build_graph

from config.environments import ENVIRONMENTS
from config.stages import ALL_STAGES
from docs.generate.source import nodes, python_files, text

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "torch",
    "numpy",
    "cv2",
    "TTS",
    "mediapipe",
    "scipy",
    "onnxruntime",
    "openvino",
    "ncnn",
    "gpu_worker",
}
FRAMEWORKS = {"flask", "sqlalchemy", "marshmallow", "flask_socketio", "web"}


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    return build_graph("gpu_worker", cache_dir=None)


def engines() -> set[str]:
    return {
        f"gpu_worker.engines.{stage.name}.{engine}"
        for stage in ALL_STAGES.values()
        for engine in stage.engines
    }


def test_engines_know_nothing_of_each_other(graph: ImportGraph) -> None:
    present = engines() & graph.modules
    assert present, "the declared engines are nowhere"
    known = {
        f"{one} -> {other}"
        for one in present
        for other in present - {one}
        if graph.chain_exists(importer=one, imported=other)
    }
    assert known == set()


def test_stages_know_nothing_of_each_other(graph: ImportGraph) -> None:
    """What two stages share lies beside them, not inside one of them."""
    crossing = {
        f"{module} -> {imported}"
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if None not in (_stage(module), _stage(imported)) and _stage(module) != _stage(imported)
    }
    assert crossing == set()


def _stage(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if parts[:2] == ["gpu_worker", "engines"] and len(parts) > 2 else None


@pytest.mark.parametrize("folder", ["config", "tasks/domain"])
def test_only_the_standard_library(folder: str) -> None:
    for path in python_files(ROOT / folder):
        own = {"config", "tasks"}
        if path.name == "wheel_build.py":  # a plug-in of Hatch, which loads it
            own.add("hatchling")
        for node in nodes(path):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                assert top in sys.stdlib_module_names | own, f"{path.relative_to(ROOT)}: {name}"


@pytest.mark.parametrize(
    ("modules", "never"),
    [
        (("web.wsgi", "web.control.__main__", "web.cli.__main__"), HEAVY),
        (("gpu_worker.__main__", "gpu_worker.tasks"), FRAMEWORKS),
    ],
)
def test_what_a_process_loads(modules: tuple[str, ...], never: set[str]) -> None:
    """One interpreter imports them in turn: what none of them loads, each of them leaves alone."""
    program = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    print(module, *sorted({name.partition(".")[0] for name in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.split()[0]: set(line.split()[1:]) for line in done.stdout.splitlines()}
    assert {module: names & never for module, names in loaded.items()} == {
        module: set() for module in modules
    }


def not_everywhere() -> set[str]:
    """Return the modules whose package some model environment does not have."""
    locks = [
        {line.partition("==")[0] for line in lock.read_text().splitlines() if "==" in line}
        for lock in (ROOT / "config" / "locks" / f"{name}.txt" for name in ENVIRONMENTS)
    ]
    common = set.intersection(*locks)
    return {
        module
        for module, packages in packages_distributions().items()
        if not common & {re.sub(r"[-_.]+", "-", package).lower() for package in packages}
    }


def test_a_worker_starts_with_what_every_environment_has() -> None:
    """Tests run in an environment that has the packages of all."""
    program = """
import importlib, sys
missing = set(sys.argv[1].split())
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
for module in sys.argv[2:]:
    importlib.import_module(module)
"""
    modules = ("gpu_worker.__main__", "gpu_worker.tasks", "gpu_worker.health", "gpu_worker.drain")
    done = subprocess.run(
        [sys.executable, "-c", program, " ".join(not_everywhere()), *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_no_contract_has_exceptions() -> None:
    assert "ignore_imports" not in (ROOT / ".importlinter").read_text()


def test_no_module_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in ("config", "tasks", "gpu_worker", "web")
        for path in python_files(ROOT / package)
        if (lines := len(text(path).splitlines())) > 400
    }
    assert long == {}
