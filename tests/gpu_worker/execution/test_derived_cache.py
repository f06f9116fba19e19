"""What was learned of an input is found by any later step, for as long as anybody has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gpu_worker.engine import PartSource
from gpu_worker.execution.derived_cache import DerivedCache
from tasks.domain.artifact import Artifact, Blob, digest
from tasks.domain.plan import Step
from tasks.domain.step_inputs import Resolved
from tasks.store.artifacts import Artifacts
from tests.tasks.domain.plans import FACE, VOICE, simple_plan

SOURCE, PART = "upload/voice", "latents.npz"
ONE, ANOTHER = (simple_plan(script=text).step("voice", 0) for text in ("Bees.", "Ants."))


class Listener:
    """What an engine does; it takes its time, so it is counted."""

    def __init__(self) -> None:
        self.listened = 0

    def __call__(self, target: Path) -> None:
        self.listened += 1
        target.write_bytes(b"what was heard")


@pytest.fixture
def listen() -> Listener:
    return Listener()


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts((tmp_path / "store").as_uri())


def carried_out(
    store: Artifacts,
    folder: Path,
    listen: Listener,
    step: Step = ONE,
    recording: Blob = VOICE,
    salt: str = "",
) -> Blob:
    """A step as the runner carries it out; its part."""
    folder.mkdir()
    derived_cache = DerivedCache(step, Resolved({(None, SOURCE): recording}, salt), store)
    derived_cache.part(folder / PART, SOURCE, listen)
    assert list(folder.iterdir()) == [folder / PART]
    parts = {PART: store.put_file(folder / PART, "application/octet-stream")}
    made = Artifact(digest(str(folder)), step.stage, step.engine.name, parts, {})
    derived_cache.store(store.commit(made))
    return parts[PART]


def test_another_text_reuses_the_analysed_recording(
    store: Artifacts, tmp_path: Path, listen: Listener
) -> None:
    first = carried_out(store, tmp_path / "1", listen)
    assert carried_out(store, tmp_path / "2", listen, ANOTHER) == first
    assert listen.listened == 1


@pytest.mark.parametrize("what", ["recording", "engine"])
def test_another_recording_or_engine_is_analysed_separately(
    store: Artifacts, tmp_path: Path, listen: Listener, what: str
) -> None:
    carried_out(store, tmp_path / "1", listen)
    newer = replace(ONE, engine=replace(ONE.engine, version="2"))
    step, recording = (newer, VOICE) if what == "engine" else (ONE, FACE)
    carried_out(store, tmp_path / "2", listen, step, recording)
    assert listen.listened == 2


def test_another_owner_is_analysed_separately(
    store: Artifacts, tmp_path: Path, listen: Listener
) -> None:
    for number, salt in enumerate(("ada's", "bob's", "ada's")):
        carried_out(store, tmp_path / str(number), listen, salt=salt)
    assert listen.listened == 2


def test_a_deleted_part_is_derived_and_cached_again(
    store: Artifacts, tmp_path: Path, listen: Listener
) -> None:
    store.remove(carried_out(store, tmp_path / "1", listen).path)
    carried_out(store, tmp_path / "2", listen, ANOTHER)
    carried_out(store, tmp_path / "3", listen)
    assert listen.listened == 2


def test_an_uncommitted_run_caches_nothing(
    store: Artifacts, tmp_path: Path, listen: Listener
) -> None:
    derived_cache = DerivedCache(ONE, Resolved({(None, SOURCE): VOICE}), store)
    derived_cache.part(tmp_path / PART, SOURCE, listen)
    assert not (tmp_path / "store" / "blobs").exists()
    carried_out(store, tmp_path / "2", listen)
    assert listen.listened == 2


def test_a_part_of_several_inputs_is_found_under_another_name_and_place(
    store: Artifacts, tmp_path: Path, listen: Listener
) -> None:
    """An encoded scene is the same one, whatever its number; its inputs and parameters decide."""
    blobs = {(0, "clip"): FACE, (1, "clip"): VOICE, (2, "clip"): FACE}

    def encoded(name: str, sources: list[PartSource], speed: int) -> Blob:
        folder = tmp_path / f"{name}-{listen.listened}-{speed}"
        folder.mkdir()
        derived_cache = DerivedCache(ONE, Resolved(blobs), store)
        derived_cache.part(folder / name, sources, listen, {"speed": speed})
        parts = {name: store.put_file(folder / name, "video/mp4")}
        derived_cache.store(
            store.commit(Artifact(digest(str(folder)), "edit", "cutter", parts, {}))
        )
        return parts[name]

    first = encoded("scene-0", [(0, "clip"), (1, "clip")], 1)
    assert encoded("scene-5", [(2, "clip"), (1, "clip")], 1) == first
    assert listen.listened == 1
    encoded("scene-0", [(1, "clip"), (0, "clip")], 1)  # the other way round
    encoded("scene-0", [(0, "clip"), (1, "clip")], 2)
    assert listen.listened == 3
