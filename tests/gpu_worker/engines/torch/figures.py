"""Measure a few runs of the same work, and what the card reports meanwhile.

Each check of a GPU also runs on a CPU in small, so that a GPU reveals no new mistake.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.engine import Engine, Inputs, Output
from tests.gpu_worker.engines.workbench import Workbench

TURNS = 3
"""The first pays for cuDNN's start."""


def on_gpu(cases: Sequence[Any]) -> list[Any]:
    return [pytest.param(case, marks=pytest.mark.gpu, id=f"{case}, gpu") for case in cases]


def turns(engine: Engine, inputs: Inputs, folder: Path) -> tuple[list[float], Output]:
    """The seconds of each, and what came of the last."""
    seconds = []
    for turn in range(TURNS):
        work = turn_folder(folder, turn)
        began = time.monotonic()
        made = engine.run(inputs, Workbench(work))
        seconds.append(time.monotonic() - began)
    return seconds, made


def turn_folder(parent: Path, turn: int) -> Path:
    folder = parent / str(turn)
    folder.mkdir()
    return folder


def loaded(engine: Engine) -> float:
    """How long that took."""
    began = time.monotonic()
    engine.load()
    return time.monotonic() - began
