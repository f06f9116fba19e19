"""The boundaries of shots: found where they are, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpu_worker.media.samples import inspection
from gpu_worker.media.samples.frames import Decoding
from gpu_worker.media.samples.shots import Boundary, ShotDetector
from tests.gpu_worker.samples import shows
from tests.gpu_worker.samples.shows import Join

HIGH, WIDE = 128, 72


def picture(seed: int, height: int = HIGH, width: int = WIDE) -> Any:
    """Patches of colours, which differ from seed to seed."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 255, (height // 16, width // 8 + 1, 3))
    return np.kron(coarse, np.ones((16, 8, 1)))[:height, :width]


def found(frames: Iterable[Any]) -> list[Boundary]:
    detector = ShotDetector()
    for frame in frames:
        detector.add(frame.astype(np.uint8))
    return detector.boundaries()


def still(seed: int, count: int) -> list[Any]:
    noise = np.random.default_rng(seed)
    return [
        np.clip(picture(seed) + noise.normal(0, 2, (HIGH, WIDE, 1)), 0, 255) for _ in range(count)
    ]


def test_a_cut_is_its_first_new_frame() -> None:
    assert found([*still(1, 30), *still(2, 30), *still(3, 30)]) == [Boundary(30), Boundary(60)]


def test_a_dissolve_is_found_with_its_middle_and_length() -> None:
    first, second = picture(1), picture(2)
    mixed = [first + (second - first) * (n / 17) for n in range(1, 17)]
    (boundary,) = found([*still(1, 40), *mixed, *still(2, 40)])
    assert boundary.kind == "dissolve"
    assert boundary.frame == pytest.approx(48, abs=3)
    assert boundary.frames == pytest.approx(17, abs=8)


def test_a_fade_through_black_is_one_boundary() -> None:
    out = [picture(1) * (1 - n / 12) for n in range(1, 13)]
    back = [picture(2) * (n / 12) for n in range(1, 13)]
    black = [np.zeros((HIGH, WIDE, 3))] * 3
    (boundary,) = found([*still(1, 40), *out, *black, *back, *still(2, 40)])
    assert boundary.kind == "dip"
    assert boundary.frame == pytest.approx(53, abs=5)


def test_a_fade_from_black_at_the_start_is_none() -> None:
    back = [picture(2) * (n / 20) for n in range(1, 21)]
    assert found([*[np.zeros((HIGH, WIDE, 3))] * 12, *back, *still(2, 60)]) == []


def test_light_and_movement_are_none() -> None:
    flash = [*still(1, 30), *(np.clip(one + 120, 0, 255) for one in still(1, 2)), *still(1, 30)]
    assert found(flash) == []
    assert found(frame * (1 + 0.2 * (n % 3)) for n, frame in enumerate(still(4, 40))) == []
    wide = picture(5, width=WIDE * 6)
    assert found(wide[:, 5 * n : 5 * n + WIDE] for n in range(60)) == []


def test_only_the_latest_frames_are_kept() -> None:
    detector = ShotDetector()
    for frame in still(1, 300):
        detector.add(frame.astype(np.uint8))
    assert len(detector._recent) < 120


def joins_of(seed: int) -> list[Join]:
    chance = np.random.default_rng(seed)

    def join() -> Join:
        if chance.uniform() < 0.6:
            return Join()
        kind = "dissolve" if chance.uniform() < 0.85 else "dip"
        return Join(kind, int(chance.integers(6, 26)))

    return [join() for _ in range(9)]


def matched(truth: Sequence[tuple[float, float]], times: Sequence[float]) -> tuple[int, int, int]:
    """Count the hits, false alarms and misses; each moment of the truth has its tolerance."""
    free = list(times)
    hits = 0
    for moment, tolerance in truth:
        near = min(free, key=lambda at: abs(at - moment), default=None)
        if near is not None and abs(near - moment) <= tolerance:
            free.remove(near)
            hits += 1
    return hits, len(free), len(truth) - hits


def f1(counts: Iterable[tuple[int, int, int]]) -> float:
    hits, false, missed = map(sum, zip(*counts, strict=True))
    return 2 * hits / (2 * hits + false + missed)


@pytest.mark.slow
def test_shots_of_ten_videos(tmp_path: Path) -> None:
    """Hard cuts F1 >= 0.95, gradual ones >= 0.8, on videos that no threshold was chosen by."""
    hard: list[tuple[int, int, int]] = []
    gradual: list[tuple[int, int, int]] = []
    for seed in range(101, 111):
        show = shows.random_show(seed, joins_of(seed))
        video = shows.write(show, tmp_path / f"{seed}.mp4", seed=seed)
        decoding = Decoding(video, inspection.inspect(video, lambda: None), tmp_path)
        boundaries = found(decoding.frames(lambda: None))
        for counts, is_gradual in ((hard, False), (gradual, True)):
            truth = [
                (at, max(0.08, 0.25 * is_gradual, join.frames / 2 / show.rate))
                for at, join in show.boundaries
                if (join.kind != "cut") == is_gradual
            ]
            times = [b.frame / decoding.rate for b in boundaries if (b.kind != "cut") == is_gradual]
            counts.append(matched(truth, times))
    print(f"hard cuts F1 {f1(hard):.3f}, gradual F1 {f1(gradual):.3f}")
    assert f1(hard) >= 0.95
    assert f1(gradual) >= 0.8
