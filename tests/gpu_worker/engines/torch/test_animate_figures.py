"""SadTalker's frames a second, memory and use of a card: printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.animate import sadtalker
from gpu_worker.models.devices import process_mb
from tests.gpu_worker.engines import faces
from tests.gpu_worker.engines.animation import face_files, tones
from tests.gpu_worker.engines.torch import test_animate_sadtalker as talking
from tests.gpu_worker.engines.torch.card import Watched
from tests.gpu_worker.engines.torch.figures import loaded, turns

pytestmark = [talking.needs_checkout, pytest.mark.timeout(1200)]


@pytest.mark.parametrize(
    ("size", "seconds", "options"),
    [
        ((144, 256), 0.12, ()),
        pytest.param((720, 1280), 10.0, ("full",), marks=pytest.mark.gpu),
    ],
)
def test_animating(
    size: tuple[int, int], seconds: float, options: tuple[str, ...], tmp_path: Path
) -> None:
    """On a GPU in full size: what networks were taught changes neither time nor memory."""
    params = {"width": size[0], "height": size[1], "fps": 25}
    files = {**face_files(faces.astronaut, size), **tones(tmp_path, seconds)}
    with talking.untaught(tmp_path / "sadtalker", *options):
        engine, card = sadtalker.ENGINE(), Watched()
        load = loaded(engine)
        with card:
            passed, made = turns(engine, Inputs(params, 1, 0, files), tmp_path)
            held = process_mb()
        engine.close()
    assert made.facts["frames"] == round(seconds * 25)
    first, *others = (made.facts["frames"] / each for each in passed)
    print(
        f"\n{card.name}: SadTalker {made.facts['face_size']} in {size[0]}x{size[1]}: first "
        f"{first:.1f}, then {max(others):.1f} frames/s; load {load:.2f} s; holds {held} MB; "
        f"{card.use}"
    )
