"""What is seen and heard in the finished MP4, and what a long one costs in memory.

    python -m pytest -m bench -s tests/bench/test_finished_video.py

One job a portrait. The lips are read back by the landmark model, the words by an
offline listener where its packages are there (`make bench` sets them up).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.bench.listener import NEEDED, listening
from tests.bench.small import size
from tests.bench.studio import EVENING, MORNING, Made, Studio, timings_of
from tests.gpu_worker.engines import faces, sync
from tests.services.redis_server import RedisServer

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore"),  # the listener's packages warn in their own code
]

PORTRAITS = (
    faces.astronaut,
    faces.admiral,
    faces.darker_skin,
    faces.side_lit,
    faces.black_and_white,
)[: size(5, 2)]
LONG = size(6, 2)
"""Times ten seconds of speech."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "redis").mkdir()
    with (
        RedisServer(folder / "redis") as server,
        Studio(folder, server, LEASE_SECONDS="20") as studio,
    ):
        studio.open()
        yield studio


@pytest.fixture(scope="module")
def films(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Made, str]]:
    """A finished job for each portrait, half of them saying something else."""
    films = {}
    for number, make in enumerate(PORTRAITS):
        text = (MORNING, EVENING)[number % 2]
        folder = tmp_path_factory.mktemp(make.__name__)
        films[make.__name__] = (studio.make(folder, make, script=text), text)
    return films


@pytest.mark.parametrize("name", [make.__name__ for make in PORTRAITS])
def test_the_lips_follow_the_sound(
    films: dict[str, tuple[Made, str]], name: str, tmp_path: Path
) -> None:
    made, text = films[name]
    seen = sync.watch(made.video)
    sound = sync.sound_of(made.video, tmp_path / "sound.wav")
    found = sync.judge(seen, sound, timings_of(made, tmp_path / "timings.json"))
    other = next(film for film, said in films.values() if said != text)
    wrong = sync.sound_of(other.video, tmp_path / "wrong.wav")
    level = sync.log_energy(wrong, seen.fps, len(seen.aperture))
    control, _ = sync.correlation(seen.aperture, level, seen.fps)
    print(f"{name}: {found}, wrong sound {control:.2f}, blinks {seen.blinks}")
    assert found.missed == 0
    assert found.r >= 0.6
    assert abs(found.lag_ms) <= 80
    assert control < 0.3
    assert found.closed >= 0.9
    assert found.opened >= 0.9


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in NEEDED),
    reason="the listener's packages are absent: make bench",
)
def test_the_finished_video_is_understood(films: dict[str, tuple[Made, str]]) -> None:
    with listening() as listener:
        rates = {n: listener.word_errors(made.video, said) for n, (made, said) in films.items()}
    print(f"word error rates of finished videos: {rates}")
    assert np.mean(list(rates.values())) <= 0.10


def test_a_long_job_needs_no_more_memory_than_a_short_one(studio: Studio, tmp_path: Path) -> None:
    """Ten seconds against a longer video; everything is warm before."""
    sizes = {}
    for name, times in (("warm", 1), ("short", 1), ("long", LONG)):
        text = " ".join([MORNING, EVENING] * (times // 2) or [MORNING])
        with studio.watching_memory() as peak:
            made = studio.make(tmp_path / name, script=text, quality="fast")
        sizes[name] = peak[0] / 1e6
        print(f"{name}: {made.seconds:.0f} s of video, {peak[0] / 1e6:.0f} MB at most")
    assert sizes["long"] < sizes["short"] + 250
