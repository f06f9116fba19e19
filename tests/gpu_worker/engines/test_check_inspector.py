"""What a video is refused for before it is delivered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.check.inspector import ENGINE
from gpu_worker.media.delivery import faults, marks
from gpu_worker.media.delivery.faults import Boundary, Expected
from tasks.domain.errors import InputRefused
from tests.gpu_worker.engines import films
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.workbench import Workbench
from tests.gpu_worker.samples import marked

LOUD = "sine=f=300:d=4,volume=5.9dB"
TIMELINE = [
    {"id": "a", "start": 0.0, "seconds": 2.0, "line": "", "transition": {"kind": "cut"}},
    {"id": "b", "start": 2.0, "seconds": 2.0, "line": "", "transition": {"kind": "cut"}},
]
GOOD = "testsrc2=s=90x160:r=25:d=2[a];smptebars=s=90x160:r=25:d=2[b];[a][b]concat"
EXPECTED = Expected(90, 160, 4.0, (Boundary(2.0),))


def video(folder: Path, picture: str = GOOD, sound: str = LOUD, *more: str) -> Inputs:
    target = folder / "final.mp4"
    films.run(
        *("-f", "lavfi", "-i", sound, "-filter_complex", f"{picture}[v]", "-map", "[v]"),
        *("-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", *more, str(target)),
    )
    return Inputs(
        {"timeline": TIMELINE, "width": 90, "height": 160}, 0, files={"edit/final.mp4": target}
    )


CASES = [Case(ENGINE, video, {"INPUT_REFUSED": lambda folder: video(folder, sound="anullsrc=d=4")})]


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: Case, check: Callable[[Case, Path], None], tmp_path: Path) -> None:
    check(case, tmp_path)


def codes(inputs: Inputs, expected: Expected = EXPECTED) -> set[str]:
    measured = faults.measure(inputs.files["edit/final.mp4"], expected, lambda: None)
    return {one.code for one in faults.faults(measured, expected)}


def test_a_good_video_is_delivered(tmp_path: Path) -> None:
    assert codes(video(tmp_path)) == set()


def test_every_fault_is_named(tmp_path: Path) -> None:
    black = "color=s=160x90:r=25:d=4"
    wrong = video(tmp_path, black, "anullsrc=d=4")
    assert codes(wrong) >= {"size", "shape", "black", "silence"}
    (tmp_path / "out").mkdir()
    with pytest.raises(InputRefused, match="160 x 90 pixels instead of 90 x 160"):
        ENGINE().run(wrong, Workbench(tmp_path / "out"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("picture", "sound", "more", "code"),
    [
        (GOOD, "sine=f=300:d=4,volume=-12dB", (), "loudness"),
        (GOOD, "sine=f=300:d=3.2,volume=5.9dB", (), "offset"),
        (GOOD, LOUD, ("-t", "3"), "length"),
        ("testsrc2=s=90x160:r=25:d=0.04,loop=-1:1:0,trim=end=4.4", LOUD, (), "frozen"),
    ],
)
def test_a_fault_has_its_code(
    tmp_path: Path, picture: str, sound: str, more: tuple[str, ...], code: str
) -> None:
    assert code in codes(video(tmp_path, picture, sound, *more))


def test_black_is_no_fault_where_the_plan_dips(tmp_path: Path) -> None:
    dipped = f"{GOOD},drawbox=c=black:t=fill:enable='between(t,1.4,2.6)'"
    inputs = video(tmp_path, dipped)
    assert "black" in codes(inputs)
    planned = Expected(90, 160, 4.0, (Boundary(2.0, "dip", 1.0),))
    assert "black" not in codes(inputs, planned)


def test_a_mark_is_found_and_a_clean_clip_has_none() -> None:
    frames = marked.clip(3)
    assert marks.find(marked.greys(frames)) is None
    mark = marks.find(marked.greys(marked.with_mark(frames, 3)))
    assert mark is not None
    assert mark.place.startswith("at the ") or mark.place.startswith("in the ")


@pytest.mark.slow
def test_marks_on_a_hundred_clips() -> None:
    """Recall >= 0.95 and false alarms <= 0.02, on clips that no threshold was chosen by."""
    found, false = [], []
    for seed in range(1000, 1100):
        frames = marked.clip(seed)
        false.append(marks.find(marked.greys(frames)) is not None)
        if marked.moves(seed):
            found.append(marks.find(marked.greys(marked.with_mark(frames, seed))) is not None)
    print(f"recall {np.mean(found):.3f} of {len(found)}, false alarms {np.mean(false):.3f}")
    assert np.mean(found) >= 0.95
    assert np.mean(false) <= 0.02
