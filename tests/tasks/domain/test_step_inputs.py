"""The inputs of a step: uploads, results of the steps before it, and parts that may be missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.errors import InputRefused
from tasks.domain.plan import Plan, Source, Step
from tasks.domain.step_inputs import Resolved, resolve
from tests.tasks.domain.plans import FACE, simple_plan

SPEECH = Blob("1" * 64, 5, "audio/wav")
MADE = Artifact("key", "voice", "piper", {"speech.wav": SPEECH}, {})


def step(*sources: Source) -> tuple[Plan, Step]:
    plan = replace(simple_plan(), salt="owner")
    return plan, replace(plan.step("animate", 0), sources=sources)


def test_uploads_and_results_are_read_and_each_step_is_looked_up_once() -> None:
    asked: list[str] = []

    def artifact_of(name: str) -> Artifact:
        asked.append(name)
        return MADE

    plan, reader = step(
        Source("upload.face", "", "upload/face"),
        Source("voice.0", "speech.wav", "voice/speech.wav"),
        Source("voice.0", "speech.wav", "voice/again.wav", 0),
        Source("voice.0", "mask.png", "voice/mask.png", optional=True),
        Source("voice.0", "speech.wav", "voice/optional.wav", optional=True),
    )
    assert resolve(plan, reader, artifact_of) == Resolved(
        {
            (None, "upload/face"): FACE,
            (None, "voice/speech.wav"): SPEECH,
            (0, "voice/again.wav"): SPEECH,
            (None, "voice/optional.wav"): SPEECH,
        },
        "owner",
    )
    assert asked == ["voice.0"]


def test_a_step_before_that_is_not_done_is_waited_for_and_asked_once() -> None:
    plan, reader = step(Source("voice.0", "speech.wav", "voice/speech.wav"))
    assert resolve(plan, reader, lambda _: None) is None


def test_a_missing_upload_and_a_missing_part_are_errors() -> None:
    plan, reader = step(Source("upload.voice", "", "upload/voice"))
    with pytest.raises(InputRefused, match="missing: voice"):
        resolve(plan, reader, lambda _: MADE)
    plan, reader = step(Source("voice.0", "timings.json", "voice/timings.json"))
    with pytest.raises(KeyError):
        resolve(plan, reader, lambda _: MADE)


def test_only_an_engine_that_uses_chance_has_a_seed() -> None:
    _, reader = step()
    resolved = Resolved({(None, "voice/speech.wav"): SPEECH})
    assert resolved.seed(replace(reader, engine=replace(reader.engine, uses_seed=False))) == 0
    assert resolved.seed(replace(reader, engine=replace(reader.engine, uses_seed=True))) > 1
