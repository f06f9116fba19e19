"""What a GPU makes of it: frames a second, memory, loading; printed, to be written down.

make test-torch ARGS="-m gpu -s"
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gpu_worker.devices import device_name, process_mb
from gpu_worker.engine import Engine, Inputs
from gpu_worker.engines.animate import sadtalker
from gpu_worker.engines.enhance import realesrgan
from gpu_worker.engines.voice import xtts
from tests.engines import faces
from tests.engines.animation import face_files, tones
from tests.engines.bench import Workbench
from tests.engines.conformance import CHECKS, Case
from tests.engines.films import draw
from tests.engines.torch import test_animate_sadtalker as talking
from tests.engines.torch.test_enhance_realesrgan import CASES
from tests.engines.voices import heard, scene

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(900)]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: Case, check: object, tmp_path: Path) -> None:
    assert callable(check)
    check(case, tmp_path)


@pytest.mark.parametrize(
    ("quality", "given", "wanted", "frames"),
    [
        ("balanced", "512x512", (1024, 1024), 500),
        ("balanced", "960x540", (1920, 1080), 250),
        ("best", "512x512", (1024, 1024), 100),
        ("best", "960x540", (1920, 1080), 50),
    ],
)
def test_enhancing(
    quality: str, given: str, wanted: tuple[int, int], frames: int, tmp_path: Path
) -> None:
    import torch

    source = tmp_path / "video.mp4"
    draw(source, "testsrc2", given, frames)
    params = {"width": wanted[0], "height": wanted[1], "quality": quality, "blend": 1.0}
    inputs = Inputs(params, 1, files={"animate/video.mp4": source})
    torch.cuda.reset_peak_memory_stats()
    engine = realesrgan.ENGINE()
    loaded = _loaded(engine)
    rates = []
    for turn in range(3):  # the first pays for cuDNN's start
        work = tmp_path / str(turn)
        work.mkdir()
        began = time.monotonic()
        made = engine.run(inputs, Workbench(work))
        rates.append(frames / (time.monotonic() - began))
    engine.close()
    assert made.facts["frames"] == frames
    peak = torch.cuda.max_memory_allocated() / 2**20
    print(
        f"\n{device_name()}: {made.facts['model']} {given} to {wanted[0]}x{wanted[1]}, "
        f"{made.facts['encoder']}: first {rates[0]:.1f}, then {max(rates[1:]):.1f} frames/s; "
        f"load {loaded:.2f} s; peak {peak:.0f} MB"
    )
    assert torch.cuda.memory_allocated() < 64 * 2**20


def test_animating(tmp_path: Path) -> None:
    """Networks of full size: what they were taught changes neither time nor memory."""
    if not talking.CHECKOUT or talking.ABSENT:
        pytest.skip("SADTALKER_HOME names no checkout, or its packages are not here")
    params = {"width": 720, "height": 1280, "fps": 25}
    files = {**face_files(faces.astronaut, (720, 1280)), **tones(tmp_path, 10.0)}
    with talking.untaught(tmp_path / "sadtalker", "full"):
        engine = sadtalker.ENGINE()
        loaded = _loaded(engine)
        rates, peak = [], 0
        for turn in range(3):  # the first pays for cuDNN's start
            work = tmp_path / str(turn)
            work.mkdir()
            began = time.monotonic()
            made = engine.run(Inputs(params, 1, 0, files), Workbench(work))
            rates.append(made.facts["frames"] / (time.monotonic() - began))
            peak = max(peak, process_mb() or 0)
        engine.close()
    assert made.facts["frames"] == 250
    print(
        f"\n{device_name()}: SadTalker 256 in 720x1280: first {rates[0]:.1f}, then "
        f"{max(rates[1:]):.1f} frames/s; load {loaded:.2f} s; holds {peak} MB"
    )


def test_speaking(tmp_path: Path) -> None:
    engine = xtts.ENGINE()
    probe = engine.probe()
    if not probe.ok:
        pytest.skip(f"{probe.why}: {probe.remedy}")
    loaded = _loaded(engine)
    factors = []
    for turn in range(3):
        work = tmp_path / str(turn)
        work.mkdir()
        began = time.monotonic()
        take = heard(engine, scene(), work)
        factors.append((time.monotonic() - began) / take.seconds)
    held = process_mb()
    engine.close()
    print(
        f"\n{device_name()}: XTTS: first {factors[0]:.2f}, then {min(factors[1:]):.2f} of real "
        f"time; load {loaded:.2f} s; holds {held} MB"
    )


def _loaded(engine: Engine) -> float:
    began = time.monotonic()
    engine.load()
    return time.monotonic() - began
