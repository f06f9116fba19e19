"""What every engine must do, whatever its stage: the suite that docs/engines.md describes.

CASES = [Case(ENGINE, inputs=..., refused={"VOICE_REFUSED": ...})]

@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)
"""

from __future__ import annotations

import hashlib
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from config.environments import ENVIRONMENTS
from config.stages import ALL_STAGES
from gpu_worker.engine import Engine, Inputs, Output
from tasks.domain.errors import Cancelled, InputRefused
from tests.gpu_worker.engines.workbench import Workbench

_HEAVY = (
    "numpy",
    "torch",
    "cv2",
    "onnxruntime",
    "openvino",
    "mediapipe",
    "scipy",
    "TTS",
    "ncnn",
    "PIL",
)
_PROBE_SECONDS = 2.0
ALTERNATIVES = {"mesh_warp": ("face/crop.png",), "sadtalker": ("enhance/still.png",)}
"""Files that the animators' common code would read if a plan had them; no plan of theirs has."""

MakeInputs = Callable[[Path], Inputs]
"""Writes the input files into a folder and names them."""


@dataclass(frozen=True)
class Case:
    """An engine, something it can do, and what it must refuse with which code."""

    engine: type[Engine]
    inputs: MakeInputs
    refused: Mapping[str, MakeInputs] = field(default_factory=dict)
    """From `CODE` or `CODE:why` to the inputs."""
    label: str = ""
    signed: tuple[str, ...] = ()
    """Parts that differ from run to run because they carry a signature."""
    warm: bool = False
    """Whether loading is worth keeping: loading again takes a tenth of the first time at most."""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.engine.spec.name, self.label)))


class Declared(dict[str, Any]):
    """What an engine declares to read, as in a worker; asking for anything else is recorded."""

    def __init__(self, given: Mapping[str, Any], declared: Sequence[str]) -> None:
        super().__init__({name: value for name, value in given.items() if name in declared})
        self._declared = declared
        self.undeclared: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._note(str(name))
        return super().__contains__(name)

    def _note(self, name: str) -> None:
        if name not in self._declared:
            self.undeclared.add(name)


@dataclass
class _Run:
    output: Output
    bench: Workbench
    digests: dict[str, str]


def declaration(case: Case, tmp_path: Path) -> None:
    """The declaration agrees with the stages, and reading it imports nothing heavy."""
    spec = case.engine.spec
    stage = ALL_STAGES[spec.stage]
    module = f"gpu_worker.engines.{spec.stage}.{spec.name}"
    assert importlib.import_module(module).ENGINE is case.engine
    assert spec.name in stage.engines
    assert spec.version
    assert spec.licence
    assert spec.environments
    assert len(set(spec.params)) == len(spec.params)
    assert len(set(spec.files)) == len(spec.files)
    for name in spec.environments:
        assert spec.stage in ENVIRONMENTS[name].stages
    for weight in spec.weights:
        assert len(weight.sha256) == 64
        assert weight.bytes
    look = f"import sys, {module} as m; m.ENGINE().probe(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", look], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not set(loaded) & set(_HEAVY)


def probes(case: Case, tmp_path: Path) -> None:
    """A probe is quick, says yes here, and would say what is missing."""
    began = time.monotonic()
    probe = case.engine().probe()
    assert time.monotonic() - began < _PROBE_SECONDS
    assert probe.ok, (probe.why, probe.remedy)


def runs(case: Case, tmp_path: Path) -> None:
    """Load, run once and close: the short form of `works`, for engines that are slow on a CPU."""
    before = _children()
    with _loaded(case) as engine:
        _runs(case, engine, tmp_path)
    engine.close()
    assert _children() <= before


def works(case: Case, tmp_path: Path) -> None:
    """A loaded engine runs, closes, loads again, stops, and repeats itself after each of these.

    One check, so that a model is loaded twice and runs three times, not once for each property.
    """
    before = _children()
    engine = case.engine()
    first_load = _seconds(engine.load)
    try:
        first = _runs(case, engine, tmp_path)
        loads = [_seconds(engine.load) for _ in range(2)]
        if case.warm:
            assert min(loads) < first_load / 10
        engine.close()
        engine.close()
        assert _children() <= before
        engine.load()
        assert _run(case, engine, tmp_path).digests == first.digests
        _stops(case, engine, tmp_path)
        assert _run(case, engine, tmp_path).digests == first.digests
    finally:
        engine.close()
    assert _children() <= before


def _runs(case: Case, engine: Engine, tmp_path: Path) -> _Run:
    """Run once: only its parts are in its directory, its inputs are kept, progress rises."""
    before = _children()
    given = _folder(tmp_path, "given")
    inputs = case.inputs(given)
    kept = _digests(given)
    ran = _run(case, engine, tmp_path, inputs)
    assert _digests(given) == kept
    assert _children() <= before
    parts = set(ran.output.parts.values())
    assert parts
    assert all(part.is_file() and part.stat().st_size for part in parts)
    assert parts == set(ran.bench.workdir.iterdir())
    for name, part in ran.output.parts.items():
        assert part == ran.bench.workdir / name
    json.dumps(dict(ran.output.facts))
    fractions = ran.bench.fractions
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] == 1
    return ran


def _stops(case: Case, engine: Engine, tmp_path: Path) -> None:
    """A stop is obeyed at the next check and leaves no process."""
    before = _children()
    halted = Workbench(_folder(tmp_path, "work"), stop_at=0.0)
    with pytest.raises(Cancelled):
        engine.run(case.inputs(_folder(tmp_path, "given")), halted)
    assert _children() <= before
    assert halted.fractions[-1] < 1


def _seconds(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def refuses(case: Case, tmp_path: Path) -> None:
    """What it cannot work with is refused by code, with a sentence a person can act on."""
    with _loaded(case) as engine:
        for code, bad in case.refused.items():
            inputs = bad(_folder(tmp_path, "given"))
            with pytest.raises(InputRefused) as refusal:
                engine.run(inputs, Workbench(_folder(tmp_path, "work")))
            assert refusal.value.code == code.partition(":")[0], code
            assert refusal.value.user_message.endswith(".")
            assert not refusal.value.retryable


CHECKS: tuple[Callable[[Case, Path], None], ...] = (declaration, probes, works, refuses)


@contextmanager
def _loaded(case: Case) -> Iterator[Engine]:
    """A new engine; what it keeps warm ends with the check."""
    engine = case.engine()
    engine.load()
    try:
        yield engine
    finally:
        engine.close()


def _run(case: Case, engine: Engine, tmp_path: Path, inputs: Inputs | None = None) -> _Run:
    bench = Workbench(_folder(tmp_path, "work"))
    inputs = inputs or case.inputs(_folder(tmp_path, "given"))
    spec = engine.spec
    params, files = Declared(inputs.params, spec.params), Declared(inputs.files, spec.files)
    scenes = [Declared(scene, spec.files) for scene in inputs.scenes]
    seed = inputs.seed if spec.uses_seed else 0
    output = engine.run(
        replace(inputs, params=params, files=files, scenes=scenes, seed=seed), bench
    )
    read = set.union(*(given.undeclared for given in (params, files, *scenes)))
    assert read <= set(ALTERNATIVES.get(spec.name, ())), "it reads what it does not declare"
    digests = _digests(bench.workdir)
    for name in case.signed:
        digests.pop(name)
    return _Run(output, bench, digests)


def _folder(parent: Path, name: str) -> Path:
    folder = parent / f"{name}-{len(list(parent.iterdir()))}"
    folder.mkdir()
    return folder


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _children() -> set[Any]:
    return set(psutil.Process().children(recursive=True))
