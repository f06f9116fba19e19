"""XTTS's share of real time, loading, memory and use of a card: printed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.engines.voice import xtts
from gpu_worker.models.devices import process_mb
from tests.gpu_worker.engines.torch import test_voice_xtts as speaking
from tests.gpu_worker.engines.torch.card import Watched
from tests.gpu_worker.engines.torch.figures import TURNS, loaded, turn_folder
from tests.gpu_worker.engines.voices import heard, scene

# What coqui-tts and transformers warn of is theirs.
pytestmark = [
    speaking.needs_coqui,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(900),
]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (speaking.SMALL, "Hello."),
        pytest.param(speaking.FULL, speaking.LONG, marks=pytest.mark.gpu),
    ],
    ids=["small", "full, gpu"],
)
def test_speaking(size: dict[str, Any], text: str, tmp_path: Path) -> None:
    """With the published weights where they are, else with a network of their size, untaught."""
    with speaking.able(tmp_path / "models", size) as taught:
        engine, card = xtts.ENGINE(), Watched()
        load, factors = loaded(engine), []
        with card:
            for turn in range(TURNS):
                began = time.monotonic()
                take = heard(engine, scene(text), turn_folder(tmp_path, turn))
                factors.append((time.monotonic() - began) / take.seconds)
        held = process_mb()
        engine.close()
    print(
        f"\n{card.name}: XTTS{'' if taught else ', untaught'}: first {factors[0]:.2f}, then "
        f"{min(factors[1:]):.2f} of real time; load {load:.2f} s; holds {held} MB; {card.said}"
    )
