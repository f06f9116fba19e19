"""Engines whose packages are not here: they are declared, and say what they lack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import settings
from gpu_worker.engine import Engine, Inputs
from gpu_worker.engines.animate import sadtalker
from gpu_worker.engines.enhance import realesrgan
from gpu_worker.engines.voice import xtts
from tests.gpu_worker.engines.conformance import Case, declaration


@pytest.mark.parametrize("engine", [realesrgan.ENGINE, sadtalker.ENGINE, xtts.ENGINE])
def test_the_declaration_of_each_engine_agrees_with_config(
    engine: type[Engine], tmp_path: Path
) -> None:
    declaration(Case(engine, lambda _folder: Inputs({}, 1)), tmp_path)


@pytest.mark.parametrize(
    ("engine", "present", "remedy"),
    [
        (xtts.ENGINE, [], "callsheet env create xtts"),
        (xtts.ENGINE, ["TTS"], "set COQUI_TOS_AGREED=1 if you accept it"),
        (xtts.ENGINE, ["TTS", "accepted"], "callsheet models fetch xtts --accept"),
        (realesrgan.ENGINE, [], "callsheet env create realesrgan"),
        (realesrgan.ENGINE, ["torch"], "run this worker on a machine with a GPU, "),
    ],
)
def test_the_probe_names_what_is_missing_and_the_remedy(
    engine: type[Engine],
    present: list[str],
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    import importlib.util

    find = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> Any:
        if name in ("TTS", "torch"):
            return find("json") if name in present else None
        return find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)
    monkeypatch.setattr("gpu_worker.models.torch_device.device_name", lambda: "cpu")
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("COQUI_TOS_AGREED", "1" if "accepted" in present else "")
    settings.current.cache_clear()
    try:
        probe = engine().probe()
    finally:
        settings.current.cache_clear()
    assert not probe.ok
    assert probe.remedy.startswith(remedy)


def test_engines_report_missing_packages_of_a_foreign_python() -> None:
    """As in an interpreter that has the packages of every worker, and no others."""
    absent = "numpy PIL ffmpeg c2pa cryptography cv2 mediapipe onnx onnxruntime openvino piper"
    ask = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({absent.split()!r}))\n"
        "from gpu_worker.models.offers import main\n"
        "main('lite')\n"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    able = {(o["stage"], o["name"]) for o in json.loads(done.stdout) if o["ok"]}
    simulated = {("voice", "simulated"), ("face", "simulated"), ("animate", "simulated")}
    simulated |= {("script", "simulated"), ("enhance", "simulated")}
    assert able == simulated | {("script", "offline"), ("enhance", "lanczos")}
    lacks = [offer for offer in json.loads(done.stdout) if not offer["ok"]]
    assert all("callsheet env create" in offer["remedy"] for offer in lacks)
