"""Content keys of each engine: they change with what its output depends on, and with nothing else.

The tables are written from what the engines do, not from what they declare; that an engine reads
nothing it does not declare is tested by the conformance suite.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from config.stages import STAGES
from gpu_worker.engine import EngineSpec
from tasks.domain.artifact import Blob
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, choose
from tasks.domain.plan import Plan, Step
from tasks.domain.planner import History, make_plan
from tasks.domain.step_inputs import Resolved
from tests.tasks.domain.plans import FACE, SCRIPT, VOICE, offer, request, simulated_offers

BASE: dict[str, Any] = {"script": None, "topic": "Bees", "scenes": 2, "match_voice": True}
"""A request in which every option takes effect."""
CHANGES: dict[str, Any] = {
    "topic": "Ants",
    "tone": "warm",
    "language": "en-GB",
    "scenes": 3,
    "voice": "another",
    "match_voice": False,
    "face_index": 1,
    "aspect_ratio": "16:9",
    "height": 480,
    "quality": "best",
    "captions": False,
    "caption_style": "boxed",
    "caption_size": "large",
    "caption_position": "top",
    "transition": "crossfade",
    "label": not JobOptions().label,
    "seed": 7,
    "salt": "another owner",
}
SIZE = {"aspect_ratio", "height"}
WRITER = {"topic", "language", "scenes"}
CAPTIONS = {"captions", "caption_style", "caption_size", "caption_position"}
MATTERS: dict[str, set[str]] = {
    "script/gemini": {*WRITER, "tone", "seed"},
    "script/openai_chat": {*WRITER, "tone", "seed"},
    "script/offline": {*WRITER, "seed"},
    "script/simulated": WRITER,
    "voice/xtts": {"seed"},
    "voice/elevenlabs": {"seed"},
    "voice/kokoro": {"voice", "match_voice"},
    "voice/piper": {"match_voice", "seed"},
    "voice/espeak": set(),
    "voice/recording": set(),
    "voice/simulated": {"seed"},
    "face/mediapipe_mesh": {*SIZE, "face_index"},
    "face/simulated": SIZE,
    "animate/sadtalker": {*SIZE, "seed"},
    "animate/mesh_warp": {*SIZE, "seed"},
    "animate/simulated": set(),
    "enhance/realesrgan": {*SIZE, "quality"},
    "enhance/realesrgan_cpu": {*SIZE, "quality"},
    "enhance/lanczos": SIZE,
    "enhance/simulated": SIZE,
    "assemble/ffmpeg": {*SIZE, *CAPTIONS, "scenes", "transition", "label"},
}
"""The options that the output of each engine depends on, besides its input files."""
SPEECH = {"voice/speech.wav", "voice/timings.json"}
MESH = {*SPEECH, "face/face.json", "face/mask.png"}
PORTRAIT = {"face/crop.png", "face/face.json"}
READS: dict[str, set[str]] = {
    "script": set(),
    "voice": {"script/scene.json", "upload/voice"},
    "voice/espeak": {"script/scene.json"},
    "voice/recording": {"upload/voice"},
    "voice/simulated": {"script/scene.json"},
    "face": {"upload/face"},
    "animate/sadtalker": {*MESH, "face/crop.png"},
    "animate/mesh_warp": {*MESH, "enhance/still.png"},
    "animate/simulated": {"voice/timings.json", "face/crop.png"},
    "enhance/scene": {"animate/video.mp4"},
    "enhance/still": PORTRAIT,
    "enhance/still/lanczos": {"face/crop.png"},
    "enhance/still/simulated": {"face/crop.png"},
    "assemble": {*SPEECH, "script/screenplay.json", "video/video.mp4", "face/face.json"},
}
"""The input files that it depends on."""


def _specs() -> Iterator[EngineSpec]:
    for stage in STAGES.values():
        for name in stage.engines:
            yield importlib.import_module(f"gpu_worker.engines.{stage.name}.{name}").ENGINE.spec


def _name(spec: EngineSpec) -> str:
    return f"{spec.stage}/{spec.name}"


SPECS = {_name(spec): spec for spec in _specs()}


def offered(spec: EngineSpec) -> Offer:
    """Return the offer of a worker that has this engine."""
    return offer(
        spec.stage,
        spec.name,
        warps_still=spec.warps_still,
        voice_match=spec.voice_match,
        params=spec.params,
        files=spec.files,
        uses_seed=spec.uses_seed,
    )


def planned(spec: EngineSpec, still: bool = False, **options: Any) -> Plan:
    """Return a plan in which this engine does its stage, with simulated ones around it."""
    wanted = BASE | options
    voice, salt = wanted.pop("voice", ""), wanted.pop("salt", "")
    asked = replace(request(**wanted), uploads={"face": FACE, "voice": VOICE}, salt=salt)
    engines = choose(simulated_offers(), JobOptions(mode="simulation"))
    engines[spec.stage] = replace(offered(spec).choice(asked.options), voice=voice)
    if still:
        engines["animate"] = replace(engines["animate"], warps_still=True)
    return make_plan(asked, engines, History())


def key(plan: Plan, step: Step, **contents: str) -> str:
    """Return the key of a step; every input file holds the same, unless `contents` says more."""
    files = {
        (source.scene, source.name): Blob(contents.get(source.name, "a") * 64, 1, "")
        for source in step.sources
    }
    return Resolved(files, plan.salt).key(step)


def _key(spec: EngineSpec, **options: Any) -> str:
    plan = planned(spec, **options)
    first = 0 if STAGES[spec.stage].per_scene else None
    return key(plan, plan.step(spec.stage, first))


@pytest.mark.parametrize("name", SPECS)
def test_the_key_changes_with_the_options_that_matter_to_the_engine(name: str) -> None:
    spec = SPECS[name]
    changed = {option for option, other in CHANGES.items() if _differs(spec, option, other)}
    assert changed == MATTERS[name] | {"salt"}


def _differs(spec: EngineSpec, option: str, other: Any) -> bool:
    return _key(spec) != _key(spec, **{option: other})


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize("name", SPECS)
def test_the_key_changes_with_the_files_that_the_engine_reads(name: str, still: bool) -> None:
    spec = SPECS[name]
    plan = planned(spec, still)
    step = next(plan.of(spec.stage))
    kind = name if spec.stage != "enhance" else "enhance/still" if still else "enhance/scene"
    expected = READS.get(f"{kind}/{spec.name}", READS.get(kind, READS.get(spec.stage)))
    names = {source.name for source in step.sources}
    assert names == expected
    assert all(key(plan, step, **{file: "b"}) != key(plan, step) for file in names)


@pytest.mark.parametrize("name", [name for name in SPECS if name.startswith("script/")])
def test_a_given_script_leaves_nothing_to_chance(name: str) -> None:
    given = {"script": SCRIPT, "topic": None}
    assert _key(SPECS[name], **given) == _key(SPECS[name], **given, seed=7)
    assert _key(SPECS[name], **given) != _key(SPECS[name], script="Other words.", topic=None)


@pytest.mark.parametrize("name", SPECS)
def test_a_run_gets_a_seed_of_its_own_work_if_the_engine_uses_one(name: str) -> None:
    spec = SPECS[name]

    def seed(content: str, **options: Any) -> int:
        plan = planned(spec, **options)
        step = next(plan.of(spec.stage))
        blobs = {(s.scene, s.name): Blob(content * 64, 1, "") for s in step.sources}
        return Resolved(blobs, plan.salt).seed(step)

    if not spec.uses_seed:
        assert seed("a") == seed("b", seed=7) == 0
        return
    assert seed("a") == seed("a", salt="another owner")
    assert seed("a") != seed("a", seed=0) != seed("a", seed=7)
    assert (seed("a") == seed("b")) == (spec.stage == "script")  # it reads no files
