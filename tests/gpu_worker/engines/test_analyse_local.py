"""The analysis of a sample on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.analyse.local import ENGINE, SAMPLE
from tasks.domain.sample_facts import SampleFacts
from tests.gpu_worker.engines import films
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.workbench import Workbench
from tests.gpu_worker.samples import shows
from tests.gpu_worker.samples.shows import Join, Show, View

SOUND = ("-f", "lavfi", "-i", "sine=f=330:d=60")


def sample(folder: Path) -> Inputs:
    """Two test pictures, one after the other, and a tone."""
    target = folder / "sample.mp4"
    films.run(
        *("-f", "lavfi", "-i", "testsrc2=s=72x128:r=12:d=1.5"),
        *("-f", "lavfi", "-i", "smptebars=s=72x128:r=12:d=1.5"),
        *(*SOUND, "-filter_complex", "[0][1]concat[v]", "-map", "[v]", "-map", "2:a", "-shortest"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(target)),
    )
    return Inputs({}, 0, files={SAMPLE: target})


def sound_alone(folder: Path) -> Inputs:
    films.run("-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", str(folder / "sample.mp4"))
    return Inputs({}, 0, files={SAMPLE: folder / "sample.mp4"})


def frozen(folder: Path) -> Inputs:
    target = folder / "sample.mp4"
    films.draw(target, "color=c=red", "72x128", 30)
    return Inputs({}, 0, files={SAMPLE: target})


CASES = [
    Case(
        ENGINE,
        sample,
        {"SAMPLE_WITHOUT_PICTURE": sound_alone, "SAMPLE_STILL": frozen},
    )
]


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: Case, check: Callable[[Case, Path], None], tmp_path: Path) -> None:
    check(case, tmp_path)


def analysed(source: Path, folder: Path) -> SampleFacts:
    folder.mkdir()
    output = ENGINE().run(Inputs({}, 0, files={SAMPLE: source}), Workbench(folder))
    facts = SampleFacts.from_json(output.parts["facts.json"].read_text())
    named = {shot.key_frame for shot in facts.shots if shot.key_frame}
    assert named == {name for name in output.parts if name.startswith("shot-")}
    return facts


def test_facts_of_a_sample(tmp_path: Path) -> None:
    facts = analysed(sample(tmp_path).files[SAMPLE], tmp_path / "out")
    assert [shot.start for shot in facts.shots] == [0.0, 1.5]
    assert [shot.transition for shot in facts.shots] == ["start", "cut"]
    assert all(shot.palette and shot.light and shot.key_frame for shot in facts.shots)
    assert facts.sound.loudness == pytest.approx(-21, abs=2)
    assert facts.sound.kind in ("music", "other")


@pytest.mark.slow
def test_camera_moves(tmp_path: Path) -> None:
    """Each movement by its name, over two photographs."""
    moves: dict[str, dict[str, Any]] = {
        "static": {},
        "pan_right": {"pan": (0.12, 0.0)},
        "pan_left": {"pan": (-0.12, 0.0)},
        "tilt_down": {"pan": (0.0, 0.12)},
        "tilt_up": {"pan": (0.0, -0.12)},
        "push_in": {"zoom": 0.15},
        "pull_out": {"zoom": -0.15},
        "handheld": {"jitter": 0.008},
    }
    wanted: list[str] = []
    views: list[View] = []
    for photo in (0, 2):
        for name, how in moves.items():
            right, down = how.get("pan", (0.0, 0.0))
            start = (0.5 - right, 0.5 - down)
            views.append(
                View(photo=photo + len(views) % 2, seconds=2.0, at=start, width=0.45, **how)
            )
            wanted.append(name)
    show = Show(tuple(views), (Join(),) * (len(views) - 1))
    facts = analysed(shows.write(show, tmp_path / "a.mp4"), tmp_path / "out")
    seen = [shot.camera.move for shot in facts.shots]
    right = sum(a == b for a, b in zip(wanted, seen, strict=True))
    assert right >= len(wanted) - 1, list(zip(wanted, seen, strict=True))


@pytest.mark.slow
def test_sixty_seconds_at_full_size(tmp_path: Path) -> None:
    """Hard cuts only in 20 s of CPU time on two cores, with dissolves in 60 s."""
    joins = {"cuts": [Join()] * 19, "dissolves": [Join("dissolve", 15)] * 19}
    for name, row in joins.items():
        show = shows.random_show(7, row, rate=30, seconds=(3.1, 3.8))
        video = tmp_path / f"{name}.mp4"
        sound = ("-f", "lavfi", "-i", "sine=f=220:d=90")
        shows.write(show, video, sound=sound, scale="1080:1920")
        cut = tmp_path / f"{name}-60.mp4"
        films.run("-i", str(video), "-t", "60", "-c", "copy", str(cut))
        began, used = time.perf_counter(), os.times()
        facts = analysed(cut, tmp_path / name)
        seconds = time.perf_counter() - began
        now = os.times()
        cpu = sum(now[:4]) - sum(used[:4])
        print(f"{name}: {seconds:.1f} s, {cpu:.1f} CPU s, {len(facts.shots)} shots")
        assert cpu / 2 <= (20 if name == "cuts" else 60)
