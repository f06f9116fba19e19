"""SadTalker's own code, from a checkout, with small networks of random weights on a CPU.

`SADTALKER_HOME=... make test-torch`: without a checkout nothing of it can be run.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import settings
from gpu_worker.engine import Inputs, Output
from gpu_worker.engines.animate import sadtalker
from tasks.domain.errors import Cancelled
from tests.gpu_worker.engines import faces
from tests.gpu_worker.engines.animation import face_files, frames_of, tones
from tests.gpu_worker.engines.conformance import Case
from tests.gpu_worker.engines.torch.suite import checks
from tests.gpu_worker.engines.torch.tiny_sadtalker import SIZE as DRAWN
from tests.gpu_worker.engines.workbench import Workbench

CHECKOUT = os.environ.get("SADTALKER_HOME", "")
ABSENT = [name for name in ("librosa", "yacs") if importlib.util.find_spec(name) is None]
needs_checkout = pytest.mark.skipif(
    not CHECKOUT or bool(ABSENT),
    reason=f"not here: {', '.join(ABSENT)}" if ABSENT else "SADTALKER_HOME names no checkout",
)
pytestmark = [needs_checkout, pytest.mark.timeout(1200)]
SIZE = (144, 256)


@contextmanager
def untaught(target: Path, *options: str) -> Iterator[None]:
    """Random weights; made in a process of its own, as they are run in one."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.gpu_worker.engines.torch.tiny_sadtalker",
            CHECKOUT,
            target,
            *options,
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SADTALKER_HOME", str(target / "home"))
        patch.setenv("SADTALKER_CHECKPOINTS", str(target / "checkpoints"))
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_DEVICE", "cpu")
        with untaught(tmp_path_factory.mktemp("sadtalker")):
            yield


@pytest.fixture(scope="module")
def engine(tiny: None) -> Iterator[sadtalker.SadTalker]:
    made = sadtalker.ENGINE()
    made.load()
    yield made
    made.close()


def inputs(folder: Path, seconds: float = 0.12, seed: int = 7) -> Inputs:
    params = {"width": SIZE[0], "height": SIZE[1], "fps": 25}
    files = {**face_files(faces.astronaut, SIZE), **tones(folder, seconds)}
    return Inputs(params, seed, 0, files)


def run(engine: sadtalker.SadTalker, folder: Path, given: Inputs) -> Output:
    folder.mkdir()
    return engine.run(given, Workbench(folder))


# Each of the others loads the models again, for nothing new on a CPU.
@pytest.mark.parametrize("check", checks("probes", "runs"))
def test_conformance(check: Any, tiny: None, tmp_path: Path) -> None:
    check(Case(sadtalker.ENGINE, inputs), tmp_path)


def test_upstream_draws_every_frame_and_equal_seeds_give_equal_frames(
    engine: sadtalker.SadTalker, tmp_path: Path
) -> None:
    seconds, videos = [], []
    for number in range(2):
        began = time.monotonic()
        made = run(engine, tmp_path / str(number), inputs(tmp_path))
        seconds.append(time.monotonic() - began)
        videos.append(made.parts["video.mp4"])
    assert made.facts == {"frames": 3, "fps": 25, "driver": "audio", "face_size": DRAWN}
    assert videos[0].read_bytes() == videos[1].read_bytes()
    shown = frames_of(videos[0])
    assert shown.shape == (3, SIZE[1], SIZE[0], 3)
    assert np.ptp(shown.astype(int), axis=0).max() > 0, "what it hears moves the face"
    print(f"\nfirst {seconds[0]:.2f} s, again {seconds[1]:.2f} s")


@pytest.mark.parametrize("seconds", [0.01, 0.84])
def test_sounds_that_break_upstream_are_animated(
    engine: sadtalker.SadTalker, tmp_path: Path, seconds: float
) -> None:
    """Of one frame, and of the twenty-one at which it draws a blink from nothing."""

    class Enough(Workbench):
        def progress(self, fraction: float, message: str = "") -> None:
            super().progress(fraction, message)
            if fraction > 0.05:  # its sound was taken
                raise Cancelled

    folder = tmp_path / "work"
    folder.mkdir()
    with pytest.raises(Cancelled):
        engine.run(inputs(tmp_path, seconds), Enough(folder))
    assert list(folder.glob("*/*")) == [], "its files go with the scene"
