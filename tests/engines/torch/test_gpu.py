"""What a GPU makes of it: frames a second, memory, loading; printed, to be written down.

make test-torch ARGS="-m gpu -s"
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gpu_worker.devices import device_name
from gpu_worker.engine import Inputs
from gpu_worker.engines.enhance import realesrgan
from tests.engines.bench import Workbench
from tests.engines.conformance import CHECKS, Case
from tests.engines.films import draw
from tests.engines.torch.test_enhance_realesrgan import CASES

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
    began = time.monotonic()
    engine.load()
    loaded = time.monotonic() - began
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
