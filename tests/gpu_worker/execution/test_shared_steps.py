"""Which results two requests of one owner share: all that their engines make of the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.stages import STAGES
from gpu_worker.engines.script.pages import write_parts
from tasks.domain.artifact import Blob, digest
from tasks.domain.plan import Plan, Source
from tasks.domain.planner import History, make_plan
from tasks.domain.screenplay import Screenplay
from tasks.domain.splitter import split
from tasks.domain.step_inputs import Resolved
from tests.gpu_worker.execution.test_engine_keys import SPECS, offered
from tests.tasks.domain.plans import request

CHAINS = {
    "lite": ("offline", "piper", "mediapipe_mesh", "mesh_warp", "realesrgan_cpu", "ffmpeg"),
    "kokoro": ("offline", "kokoro", "mediapipe_mesh", "mesh_warp", "lanczos", "ffmpeg"),
    "gpu": ("offline", "xtts", "mediapipe_mesh", "sadtalker", "realesrgan", "ffmpeg"),
    "simulated": (*("simulated",) * 5, "ffmpeg"),
}
"""Engines of the stages, in their order."""
SIX = (
    "The first scene tells where we are, and why we came to this old harbour at all.",
    "The second scene shows the boats as they leave the quay, one after another, at dawn.",
    "The third scene is about the people who stay on land and watch them sail away.",
    "The fourth scene is quieter, for nothing at all happens there until evening comes.",
    "The fifth scene brings the boats home again, heavy with fish and late as ever.",
    "The sixth scene ends the day with a lamp in the window of every single house.",
)


@pytest.fixture(params=CHAINS)
def chain(request: pytest.FixtureRequest) -> tuple[str, ...]:
    names: tuple[str, ...] = CHAINS[request.param]
    return names


def keys(chain: tuple[str, ...], folder: Path, *scenes: str, **options: Any) -> dict[str, str]:
    """Return the content keys of all steps, as if each had run."""
    text = "\n\n".join(scenes)
    asked = replace(request(script=text, **options), salt="owner")
    engines = {
        stage: offered(SPECS[f"{stage}/{name}"]).choice(asked.options)
        for stage, name in zip(STAGES, chain, strict=True)
    }
    plan = make_plan(asked, engines, History())
    assert plan.scenes == len(scenes)
    written = write_parts(folder, Screenplay("en", split(text), "user"))
    script = {name: digest(path.read_text("utf-8")) for name, path in written.items()}
    known: dict[str, str] = {}
    for step in plan.steps:
        blobs = {(s.scene, s.name): _blob(plan, s, known, script) for s in step.sources}
        known[step.name] = Resolved(blobs, plan.salt).key(step)
    return known


def _blob(plan: Plan, source: Source, known: dict[str, str], script: dict[str, str]) -> Blob:
    if source.step.startswith("upload."):
        return plan.uploads[source.step.removeprefix("upload.")]
    if source.step == "script":
        return Blob(script[source.part], 1, "")
    return Blob(digest([known[source.step], source.part]), 1, "")


def _changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    assert one.keys() == other.keys()
    return {step for step in one if one[step] != other[step]}


def test_the_same_portrait_serves_another_sentence(chain: tuple[str, ...], tmp_path: Path) -> None:
    one, other = keys(chain, tmp_path, SIX[0]), keys(chain, tmp_path, SIX[1])
    unchanged = one.keys() - _changed(one, other)
    assert unchanged == {"face", "enhance"} & one.keys()


def test_one_changed_scene_of_six_is_all_that_is_made_again(
    chain: tuple[str, ...], tmp_path: Path
) -> None:
    edited = (*SIX[:2], "The third scene is another one now, and it is about a dog.", *SIX[3:])
    changed = _changed(keys(chain, tmp_path, *SIX), keys(chain, tmp_path, *edited))
    assert changed - {"enhance.2"} == {"script", "voice.2", "animate.2", "assemble"}


def test_another_seed_makes_nothing_again_that_is_not_drawn(
    chain: tuple[str, ...], tmp_path: Path
) -> None:
    changed = _changed(keys(chain, tmp_path, SIX[0]), keys(chain, tmp_path, SIX[0], seed=7))
    assert not changed & {"script", "face", "enhance"}
    assert "assemble" in changed


def test_captions_and_transitions_change_the_assembly_only(
    chain: tuple[str, ...], tmp_path: Path
) -> None:
    plain = keys(chain, tmp_path, *SIX)
    for look in ({"caption_style": "boxed"}, {"transition": "crossfade"}, {"captions": False}):
        assert _changed(plain, keys(chain, tmp_path, *SIX, **look)) == {"assemble"}
