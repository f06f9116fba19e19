"""SadTalker's process, the way to it and back, with a fake SadTalker that needs no torch.

Its real code is run by tests/gpu_worker/engines/torch/test_animate_sadtalker.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from config import settings
from gpu_worker.engine import Inputs, Output
from gpu_worker.engines.animate.face_window import FaceWindow, Patchwork, five_points
from gpu_worker.engines.animate.sadtalker import ENGINE, SadTalker
from gpu_worker.engines.animate.subject import Subject, read_subject
from gpu_worker.models.memory_fallbacks import MemoryFallbacks
from tasks.domain.errors import Cancelled, EngineBroken, StageOutOfMemory
from tests.gpu_worker.engines import faces, fake_sadtalker, films
from tests.gpu_worker.engines.animation import face_files, frames_of, tones
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.fake_sadtalker import FakeSadTalker
from tests.gpu_worker.engines.workbench import Workbench

SIZE = (216, 384)
RGB = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-")


def chosen(made: FakeSadTalker, patch: pytest.MonkeyPatch) -> FakeSadTalker:
    patch.setenv("SADTALKER_HOME", str(made.home))
    patch.setenv("SADTALKER_CHECKPOINTS", str(made.checkpoints))
    settings.current.cache_clear()
    return made


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSadTalker]:
    made = fake_sadtalker.build(tmp_path_factory.mktemp("fake"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(made.packages))
        patch.setenv("TORCH_DEVICE", "cpu")
        yield chosen(made, patch)
    settings.current.cache_clear()


@pytest.fixture
def changed(
    fake: FakeSadTalker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeSadTalker]:
    """Another checkout, to be changed."""
    yield chosen(fake_sadtalker.build(tmp_path / "fake"), monkeypatch)
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.fixture(scope="module")
def engine(fake: FakeSadTalker) -> Iterator[SadTalker]:
    made = ENGINE()
    made.load()
    yield made
    made.close()


@pytest.fixture
def mortal(fake: FakeSadTalker) -> Iterator[SadTalker]:
    """An engine of one test, whose process may die."""
    made = ENGINE()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _without_fault(fake: FakeSadTalker) -> Iterator[None]:
    yield
    fake.set_fault("")


def inputs(folder: Path, seconds: float = 0.5, seed: int = 7) -> Inputs:
    params = {"width": SIZE[0], "height": SIZE[1], "fps": 25}
    return Inputs(params, seed, 0, {**face_files(faces.astronaut, SIZE), **tones(folder, seconds)})


def broken_sound(folder: Path) -> Inputs:
    good = inputs(folder)
    good.files["voice/speech.wav"].write_bytes(b"RIFF")
    return good


def without_mesh(folder: Path) -> Inputs:
    good = inputs(folder)
    sheet = json.loads(good.files["face/face.json"].read_text())
    file = folder / "face.json"
    file.write_text(json.dumps(sheet | {"points": []}))
    return replace(good, files={**good.files, "face/face.json": file})


def at_another_rate(folder: Path) -> Inputs:
    good = inputs(folder)
    return replace(good, params={**good.params, "fps": 30})


CASE = Case(
    ENGINE,
    inputs,
    {
        "INPUT_REFUSED": broken_sound,
        "INPUT_REFUSED:mesh": without_mesh,
        "INPUT_REFUSED:rate": at_another_rate,
    },
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conformance(check: Any, fake: FakeSadTalker, tmp_path: Path) -> None:
    folder = tmp_path / "check"
    folder.mkdir()
    check(CASE, folder)


def run(
    engine: SadTalker,
    folder: Path,
    given: Inputs | None = None,
    memory_fallbacks: tuple[str, ...] = (),
) -> Output:
    folder.mkdir()
    work = folder / "work"
    work.mkdir()
    return engine.run(given or inputs(folder), Workbench(work, memory_fallbacks=memory_fallbacks))


def subject_of(given: Inputs) -> Subject:
    return read_subject(given.files, given.params)


def test_the_face_moves_and_the_picture_around_it_does_not(
    engine: SadTalker, tmp_path: Path
) -> None:
    given = inputs(tmp_path)
    made = run(engine, tmp_path / "one", given)
    subject = subject_of(given)
    still = subject.image.astype(int)
    # Not with cv2, which takes every video's colours for those of standard definition.
    raw = films.run("-i", str(made.parts["video.mp4"]), *RGB)
    shown = np.frombuffer(raw, np.uint8).reshape(-1, *still.shape).astype(int)
    window = FaceWindow.around(subject)
    left, top, side = max(0, window.left), max(0, window.top), window.side
    face = np.zeros(SIZE[::-1], bool)
    face[top : top + side, left : left + side] = True
    assert np.abs(shown[:, ~face] - still[~face]).mean() < 3, "the codec's own noise"
    mouth = subject.points[[13, 14], :2].mean(axis=0).round().astype(int)
    there = shown[:, mouth[1] - 3 : mouth[1] + 3, mouth[0] - 3 : mouth[0] + 3].mean(axis=(1, 2, 3))
    assert there.min() < 40, "the mouth of the stand-in is black where ours is"
    assert made.facts == {"frames": 13, "fps": 25, "driver": "audio", "face_size": 48}


@pytest.mark.parametrize(("seconds", "count"), [(0.04, 1), (0.61, 16), (0.84, 21), (1.5, 38)])
def test_every_started_frame_of_the_sound_is_shown(
    engine: SadTalker, tmp_path: Path, seconds: float, count: int
) -> None:
    made = run(engine, tmp_path / "one", inputs(tmp_path, seconds))
    assert len(frames_of(made.parts["video.mp4"])) == count


def test_equal_seeds_give_equal_frames(engine: SadTalker, tmp_path: Path) -> None:
    videos = [
        run(engine, tmp_path / name, inputs(tmp_path, seed=seed)).parts["video.mp4"].read_bytes()
        for name, seed in (("a", 1), ("b", 2), ("c", 1))
    ]
    assert videos[0] == videos[2] != videos[1]


def test_batches_shrink_when_gpu_memory_is_full(
    engine: SadTalker, fake: FakeSadTalker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = run(engine, tmp_path / "cpu").parts["video.mp4"].read_bytes()
    monkeypatch.setattr("gpu_worker.models.torch_device.name", lambda: "cuda")
    fake.set_fault("memory:2")
    tried: list[tuple[str, ...]] = []

    def work(memory_fallbacks: tuple[str, ...]) -> Output:
        tried.append(memory_fallbacks)
        return run(engine, tmp_path / str(len(tried)), memory_fallbacks=memory_fallbacks)

    fallbacks, name = MemoryFallbacks(), ("animate", "sadtalker")
    made = fallbacks.run(name, engine.spec.memory_fallbacks, work, lambda: None)
    assert tried == [(), ("small_batch",)]
    assert made.parts["video.mp4"].read_bytes() == single
    fake.set_fault("memory:0")
    with pytest.raises(StageOutOfMemory):
        fallbacks.run(name, engine.spec.memory_fallbacks, work, lambda: None)
    assert tried[-1] == engine.spec.memory_fallbacks


def test_upstream_errors_are_converted_and_the_process_stays_warm(
    engine: SadTalker, fake: FakeSadTalker, tmp_path: Path
) -> None:
    talker = engine._talker
    fake.set_fault("raise")
    with pytest.raises(EngineBroken) as broken:
        run(engine, tmp_path / "broken")
    assert "must derive from BaseException" in broken.value.details["said"]
    fake.set_fault("")
    assert run(engine, tmp_path / "mended").facts["frames"] == 13
    assert engine._talker is talker


def test_a_dead_process_is_reported_and_replaced(
    mortal: SadTalker, fake: FakeSadTalker, tmp_path: Path
) -> None:
    fake.set_fault("die")
    with pytest.raises(EngineBroken) as broken:
        run(mortal, tmp_path / "dead")
    assert broken.value.details["exit_code"] == -11
    fake.set_fault("")
    assert run(mortal, tmp_path / "again").facts["frames"] == 13


def test_a_checkout_that_cannot_be_loaded_is_explained_and_leaves_no_process(
    changed: FakeSadTalker,
) -> None:
    (changed.home / "src" / "test_audio2coeff.py").write_text("import not_on_this_machine\n")
    engine = ENGINE()
    with pytest.raises(EngineBroken) as broken:
        engine.load()
    assert "not_on_this_machine" in broken.value.details["said"]
    assert engine._talker is None


def test_frames_of_a_stopped_scene_do_not_appear_in_the_next(
    engine: SadTalker, tmp_path: Path
) -> None:
    whole = run(engine, tmp_path / "whole").parts["video.mp4"].read_bytes()
    halted = Workbench(tmp_path / "halted", stop_at=0.3)
    halted.workdir.mkdir()
    with pytest.raises(Cancelled):
        engine.run(inputs(tmp_path, seconds=2.0), halted)
    assert 0.3 <= halted.fractions[-1] < 0.5
    assert run(engine, tmp_path / "again").parts["video.mp4"].read_bytes() == whole


def test_the_probe_names_what_is_missing_and_the_remedy(
    changed: FakeSadTalker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> tuple[str, str]:
        settings.current.cache_clear()
        probe = ENGINE().probe()
        assert not probe.ok
        return probe.why, probe.remedy

    first = ENGINE().probe()
    assert first.decides.endswith("-48")
    (changed.checkpoints / "mapping_00109-model.pth.tar").unlink()
    why, remedy = said()
    assert "mapping_00109" in why
    assert remedy == "callsheet models fetch sadtalker"
    (changed.checkpoints / "SadTalker_V0.0.2_48.safetensors").unlink()
    assert "SadTalker_V0.0.2_256.safetensors" in said()[0]
    gone = changed.home / "src" / "generate_batch.py"
    gone.unlink()
    why, remedy = said()
    assert str(gone) in why
    assert "SADTALKER_HOME" in remedy
    monkeypatch.setenv("SADTALKER_HOME", "")
    assert said()[0].startswith("SADTALKER_HOME is not set")
    monkeypatch.setattr("sys.path", [])  # nothing can be found any more
    assert said()[1] == "callsheet env create sadtalker"


def test_changed_upstream_code_is_another_engine(changed: FakeSadTalker) -> None:
    before = ENGINE().probe().decides
    with (changed.home / "src" / "generate_batch.py").open("a") as file:
        file.write("\n# blinks less\n")
    assert ENGINE().probe().decides != before


@pytest.mark.parametrize("moved", [(0, 0), (-70, -60), (60, 40)])
def test_a_face_window_beyond_the_edge_is_pasted_at_its_place(
    tmp_path: Path, moved: tuple[int, int]
) -> None:
    subject = subject_of(inputs(tmp_path))
    shifted = Subject(subject.image, subject.points + np.float32([*moved, 0]), None)
    window = FaceWindow.around(shifted)
    square = window.cut(shifted.image, 256)
    eyes = window.within(five_points(shifted), 256)[:2]
    assert np.abs(eyes.mean(axis=0) - 128).max() < 40
    frame = Patchwork(shifted.image, window).with_face(square)
    again = np.frombuffer(frame, np.uint8).reshape(shifted.image.shape)
    assert cv2.PSNR(again, shifted.image) > 30
    dark = Patchwork(shifted.image, window).with_face(np.zeros_like(square))
    seen = (np.frombuffer(dark, np.uint8).reshape(shifted.image.shape) != shifted.image).any(2)
    assert seen.any()
    beyond = [window.left <= 0, window.top <= 0]
    assert [bool(seen[:, 0].any()), bool(seen[0].any())] == beyond
