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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from gpu_worker.engine import Engine, Inputs, Output
from tasks.domain.errors import Cancelled, InputRefused
from tests.engines.bench import Workbench

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
    """Whether loading is worth keeping: a later run must take half the time at most."""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.engine.spec.name, self.label)))


@dataclass
class _Run:
    output: Output
    bench: Workbench
    digests: dict[str, str]


def declaration(case: Case, tmp_path: Path) -> None:
    """The declaration agrees with the stages, and reading it imports nothing heavy."""
    spec = case.engine.spec
    stage = STAGES[spec.stage]
    module = f"gpu_worker.engines.{spec.stage}.{spec.name}"
    assert importlib.import_module(module).ENGINE is case.engine
    assert spec.name in stage.engines
    assert spec.version
    assert spec.licence
    assert spec.environments
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
    """Its parts are in its directory and nothing else is; its facts can be stored."""
    with _loaded(case) as engine:
        before = _children()
        ran = _run(case, engine, tmp_path)
        assert _children() <= before
    parts = set(ran.output.parts.values())
    assert parts
    assert all(part.is_file() and part.stat().st_size for part in parts)
    assert parts == set(ran.bench.workdir.iterdir())
    for name, part in ran.output.parts.items():
        assert part == ran.bench.workdir / name
    json.dumps(dict(ran.output.facts))


def keeps_inputs(case: Case, tmp_path: Path) -> None:
    """What it was given is as it was."""
    folder = _folder(tmp_path, "given")
    inputs = case.inputs(folder)
    before = _digests(folder)
    with _loaded(case) as engine:
        engine.run(inputs, Workbench(_folder(tmp_path, "work")))
    assert _digests(folder) == before


def progresses(case: Case, tmp_path: Path) -> None:
    """Progress only rises, stays within 0 and 1, and arrives."""
    with _loaded(case) as engine:
        fractions = _run(case, engine, tmp_path).bench.fractions
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] == 1


def repeats(case: Case, tmp_path: Path) -> None:
    """Equal inputs give equal bytes: on a warm engine, and on a new one."""
    with _loaded(case) as engine:
        first = _run(case, engine, tmp_path)
        assert _run(case, engine, tmp_path).digests == first.digests
    with _loaded(case) as another:
        assert _run(case, another, tmp_path).digests == first.digests


def stops(case: Case, tmp_path: Path) -> None:
    """A stop is obeyed at the next look, leaves no process, and spoils nothing."""
    with _loaded(case) as engine:
        before = _children()
        halted = Workbench(_folder(tmp_path, "work"), stop_at=0.0)
        with pytest.raises(Cancelled):
            engine.run(case.inputs(_folder(tmp_path, "given")), halted)
        assert _children() <= before
        assert halted.fractions[-1] < 1
        again = _run(case, engine, tmp_path).digests
    with _loaded(case) as another:
        assert again == _run(case, another, tmp_path).digests


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


def closes(case: Case, tmp_path: Path) -> None:
    """Closing twice is no fault, leaves no process, and a closed engine can be loaded again."""
    before = _children()
    with _loaded(case) as engine:
        engine.close()
        engine.close()
        assert _children() <= before
        engine.load()
        assert _run(case, engine, tmp_path).digests


def warms(case: Case, tmp_path: Path) -> None:
    """What `load` did outlives a run: from then on it takes a tenth of its first time, or less."""
    if not case.warm:
        return
    inputs = case.inputs(_folder(tmp_path, "given"))
    engine = case.engine()
    seconds = []
    try:
        for _ in range(3):
            began = time.perf_counter()
            engine.load()
            seconds.append(time.perf_counter() - began)
            engine.run(inputs, Workbench(_folder(tmp_path, "work")))
    finally:
        engine.close()
    assert min(seconds[1:]) < seconds[0] / 10


CHECKS: tuple[Callable[[Case, Path], None], ...] = (
    declaration,
    probes,
    runs,
    keeps_inputs,
    progresses,
    repeats,
    stops,
    refuses,
    closes,
    warms,
)


@contextmanager
def _loaded(case: Case) -> Iterator[Engine]:
    """A new engine; what it keeps warm ends with the check."""
    engine = case.engine()
    engine.load()
    try:
        yield engine
    finally:
        engine.close()


def _run(case: Case, engine: Engine, tmp_path: Path) -> _Run:
    bench = Workbench(_folder(tmp_path, "work"))
    output = engine.run(case.inputs(_folder(tmp_path, "given")), bench)
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
