"""Real-ESRGAN's frames a second, memory and use of a card, beside upstream's own loop: printed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.enhance import realesrgan, weights
from tests.gpu_worker.engines.films import draw
from tests.gpu_worker.engines.torch import upstream
from tests.gpu_worker.engines.torch.card import Watched
from tests.gpu_worker.engines.torch.figures import TURNS, loaded, on_gpu, turns

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Film:
    """A video to be enhanced."""

    quality: str
    given: str
    wanted: tuple[int, int]
    frames: int

    @property
    def model(self) -> str:
        return {"balanced": weights.VIDEO, "best": weights.PORTRAIT}[self.quality]

    def __str__(self) -> str:
        return f"{self.model} {self.given} to {self.wanted[0]}x{self.wanted[1]}"


FILMS = [
    Film("balanced", "512x512", (1024, 1024), 500),
    Film("balanced", "960x540", (1920, 1080), 250),
    Film("best", "512x512", (1024, 1024), 100),
    Film("best", "960x540", (1920, 1080), 50),
]
SHORT = [Film("balanced", "48x64", (96, 128), 5), Film("best", "24x32", (48, 64), 1)]


@pytest.mark.parametrize("film", [*SHORT, *on_gpu(FILMS)], ids=str)
def test_enhancing(film: Film, tmp_path: Path) -> None:
    source = tmp_path / "video.mp4"
    draw(source, "testsrc2", film.given, film.frames)
    wishes = {"width": film.wanted[0], "height": film.wanted[1], "quality": film.quality}
    inputs = Inputs(wishes | {"blend": 1.0}, 1, files={"animate/video.mp4": source})
    engine, card = realesrgan.ENGINE(), Watched()
    load = loaded(engine)
    with card:
        seconds, made = turns(engine, inputs, tmp_path)
    engine.close()
    assert made.facts["frames"] == film.frames
    first, *others = (film.frames / passed for passed in seconds)
    print(
        f"\n{card.name}: {film}, {made.facts['encoder']}: first {first:.1f}, then "
        f"{max(others):.1f} frames/s; load {load:.2f} s; {card.said}"
    )
    assert card.kept_mb < 64
    if upstream.HERE:
        _beside_upstream(film, source, max(others), tmp_path)


def _beside_upstream(film: Film, source: Path, ours: float, folder: Path) -> None:
    """Their own script's loop on the same card, with the same weights."""
    card, seconds = Watched(), []
    restorer = upstream.restorer(film.model, folder, half=card.there)
    with card:
        for turn in range(2):
            began = time.monotonic()
            target = folder / f"upstream-{turn}.mp4"
            count = upstream.enhance(restorer, source, target, film.given, film.wanted)
            seconds.append(time.monotonic() - began)
    assert count == film.frames
    theirs = film.frames / min(seconds)
    print(
        f"{card.name}: {film}, upstream's own loop: {theirs:.1f} frames/s; {card.said}; "
        f"ours is {ours / theirs:.1f} times as fast (aim: 4)"
    )


@pytest.mark.parametrize("film", [*SHORT[:1], *on_gpu((FILMS[0], FILMS[2]))], ids=str)
def test_gain_of_cuda_graphs_and_compiling(film: Film, tmp_path: Path) -> None:
    """The network alone, as it is and as it could be; docs/engines.md says why it is as it is."""
    import torch

    engine, card = realesrgan.ENGINE(), Watched()
    engine.load()
    network = engine._networks[film.model]
    width, height = map(int, film.given.split("x"))
    count = max(1, realesrgan._BATCH_PIXELS[film.model] // (width * height))
    batch = network.to_device(torch.rand(min(count, film.frames), 3, height, width))
    ways: dict[str, Any] = {"as it is": network._net}
    if card.there:
        # Of its function: the module itself would be changed in place.
        ways["CUDA graph"] = torch.cuda.make_graphed_callables(network._net.forward, (batch,))
        ways["torch.compile"] = torch.compile(network._net)
    for name, way in ways.items():
        with torch.no_grad():
            way(batch)
            card.wait()
            began = time.monotonic()
            for _ in range(TURNS):
                made = way(batch)
            card.wait()
        rate = TURNS * len(batch) / (time.monotonic() - began)
        print(f"\n{card.name}: {film.model} {film.given}, {name}: {rate:.1f} frames/s")
    assert made.shape == (len(batch), 3, 4 * height, 4 * width)
    engine.close()
