from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.voice import espeak, piper
from gpu_worker.speech.likeness import distance, print_of
from gpu_worker.speech.pitch import tracked
from gpu_worker.speech.world import put_together, taken_apart
from tests.gpu_worker.engines.conformance import CHECKS, Case, MakeInputs
from tests.gpu_worker.engines.voices import SENTENCE, check_edges, check_timings, heard, scene
from tests.gpu_worker.engines.workbench import Workbench

LONG = (
    "The garden was quiet after the rain, and the birds came back one after the other. "
    "I think we should leave before it gets dark, because the road is long."
)


def buzz(hertz: float, rate: int = 22050, seconds: float = 2.0) -> np.ndarray:
    """A voice-like pulse train with no fundamental wave in it."""
    time = np.arange(int(seconds * rate)) / rate
    return sum(np.cos(2 * np.pi * hertz * n * time) / n for n in range(2, 30)).astype(np.float32)


def reference(folder: Path, sound: np.ndarray, rate: int = 22050) -> Path:
    file = folder / "reference.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes((sound / np.abs(sound).max() * 30000).astype("<i2").tobytes())
    return file


@pytest.fixture(scope="module")
def engine():
    engine = piper.ENGINE()
    engine.load()
    return engine


@pytest.fixture(scope="module")
def robot(tmp_path_factory):
    """Return an uploaded recording of another speaker than Piper's."""
    return heard(espeak.ENGINE(), scene(LONG), tmp_path_factory.mktemp("robot"))


def like(sound: np.ndarray | None, text: str = SENTENCE) -> MakeInputs:
    def make(folder: Path) -> Inputs:
        inputs = scene(text, match=True)(folder)
        if sound is None:
            return inputs
        files = {**inputs.files, "upload/voice": reference(folder, sound)}
        return Inputs(inputs.params, inputs.seed, inputs.scene, files)

    return make


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
def test_conformance(check, robot, tmp_path):
    case = Case(
        piper.ENGINE,
        like(robot.samples),
        {
            "VOICE_REFUSED": like(None),
            "VOICE_REFUSED:noise": like(np.random.default_rng(1).standard_normal(22050)),
        },
        label="matching",
    )
    check(case, tmp_path)


@pytest.mark.slow
def test_a_matched_voice_is_closer_and_reports_it(engine, robot, tmp_path):
    (tmp_path / "plain").mkdir()
    plain = heard(engine, scene(LONG), tmp_path / "plain")
    matched = heard(engine, like(robot.samples, LONG), tmp_path)
    assert plain.output.facts["match"] == "plain"
    assert matched.output.facts["match"] == "matched"
    assert 0 < matched.output.facts["match_score"] <= 1
    theirs, before, after = (
        print_of(taken_apart(take.samples, take.rate)) for take in (robot, plain, matched)
    )
    assert distance(after, theirs) < distance(before, theirs)
    check_timings(matched)
    check_edges(matched)
    words = [[word["text"] for word in take.timings["words"]] for take in (plain, matched)]
    assert words[0] == words[1]


@pytest.mark.slow
def test_a_reference_in_the_same_voice_changes_nothing(engine, tmp_path):
    (tmp_path / "own").mkdir()
    own = heard(engine, scene(LONG, seed=9), tmp_path / "own")
    inputs = like(own.samples)(tmp_path)
    output = engine.run(inputs, Workbench(tmp_path))
    assert output.facts["match"] == "plain"
    assert "match_score" not in output.facts


@pytest.mark.slow
def test_the_change_does_not_depend_on_the_scene(robot, tmp_path):
    scores = set()
    for number, text in enumerate((SENTENCE, LONG)):
        folder = tmp_path / str(number)
        folder.mkdir()
        output = piper.ENGINE().run(like(robot.samples, text)(folder), Workbench(folder))
        scores.add(json.dumps([output.facts["match"], output.facts["match_score"]]))
    assert len(scores) == 1


@pytest.mark.parametrize("hertz", [75, 110, 220, 350])
def test_pitch_is_found_without_its_fundamental(hertz):
    pitch, times = tracked(buzz(hertz), 22050)
    assert len(pitch) == len(times)
    assert np.median(pitch[pitch > 0]) == pytest.approx(hertz, rel=0.02)
    assert np.mean(pitch > 0) > 0.9


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(1).standard_normal(44100).astype(np.float32)
    assert np.mean(tracked(noise, 22050)[0] > 0) < 0.1
    assert not tracked(np.zeros(22050, np.float32), 22050)[0].any()


def test_a_resynthesised_voice_keeps_its_pitch(engine, tmp_path):
    take = heard(engine, scene(LONG), tmp_path)
    voice = taken_apart(take.samples, take.rate)
    again = put_together(voice, len(take.samples))
    assert len(again) == len(take.samples)
    voiced = voice.pitch > 0
    assert voiced.mean() > 0.4
    second = tracked(again, take.rate)[0]
    both = voiced & (second > 0)
    assert both.sum() > 0.8 * voiced.sum()
    assert np.median(np.abs(np.log2(second[both] / voice.pitch[both]))) < 0.02
