from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from gpu_worker.engines.voice import piper_setup
from gpu_worker.engines.voice.piper import ENGINE
from gpu_worker.speech import piper_model
from gpu_worker.speech.loudness import TARGET_LUFS, integrated
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.voices import check_edges, check_timings, heard, scene

PARAGRAPH = (
    "Dr. Smith's office opened in 1998, of course! "
    "Isn't it great? The 3.5% that were left came re-read: yes."
)
CASES = [
    Case(
        ENGINE,
        scene(),
        {
            "VOICE_REFUSED": scene("... — !"),
            "VOICE_REFUSED:language": scene("Guten Tag.", language="de"),
        },
        warm=True,
    )
]


@pytest.fixture(scope="module")
def piper():
    engine = ENGINE()
    engine.load()
    yield engine
    engine.close()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


def test_the_sample_rate_is_that_of_the_model(piper, tmp_path):
    take = heard(piper, scene(), tmp_path)
    assert take.rate == take.output.facts["rate"] == 22050
    assert take.output.facts["match"] == "plain"


@pytest.mark.parametrize("text", [PARAGRAPH, "Yes.", "Bees — they hum."])
def test_timings_follow_the_speech(piper, tmp_path, text):
    take = heard(piper, scene(text), tmp_path)
    check_timings(take)
    check_edges(take)
    said = " ".join(word["text"] for word in take.timings["words"])
    assert said == text
    assert all(word["end"] > word["start"] for word in take.timings["words"])


def test_phones_are_heard_at_their_reported_times(piper, tmp_path):
    """Between the two sentences nothing is marked, and nothing is heard."""
    take = heard(piper, scene("It is an open sea. It is an open sky."), tmp_path)
    phones = take.timings["phonemes"]
    pauses = [(a["end"], b["start"]) for a, b in pairwise(phones)]
    start, end = max(pauses, key=lambda pause: pause[1] - pause[0])
    assert end - start > 0.2
    loud = np.abs(take.samples)
    inside = loud[int((start + 0.05) * take.rate) : int((end - 0.05) * take.rate)]
    assert inside.max() < 0.1 * loud.max()
    vowels = [phone for phone in phones if phone["stress"] == 1]
    levels = [
        np.sqrt(np.mean(take.samples[int(v["start"] * take.rate) : int(v["end"] * take.rate)] ** 2))
        for v in vowels
    ]
    assert min(levels) > 0.05 * loud.max()


def test_scenes_are_equally_loud(piper, tmp_path):
    texts = ("No.", PARAGRAPH, "What a wonderful, quiet evening it was!")
    loudness = [
        integrated(take.samples, take.rate)
        for take in (heard(piper, scene(text), tmp_path) for text in texts)
    ]
    assert max(loudness) - min(loudness) < 1
    assert max(loudness) == pytest.approx(TARGET_LUFS, abs=0.5)


def test_another_seed_gives_another_take(piper, tmp_path):
    one = heard(piper, scene(seed=1), tmp_path)
    other = heard(piper, scene(seed=2), tmp_path)
    assert not np.array_equal(one.samples, other.samples)


def test_speech_does_not_depend_on_earlier_calls(piper, tmp_path):
    first = heard(piper, scene(), tmp_path)
    heard(piper, scene(PARAGRAPH), tmp_path)
    assert np.array_equal(heard(piper, scene(), tmp_path).samples, first.samples)


def test_setup_makes_the_declared_model_and_replaces_a_damaged_one(models_dir, capsys):
    assert piper_setup.main() == 0
    made = models_dir / piper_model.PATCHED.name
    assert capsys.readouterr().out == f"{made}\n"
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    whole = made.read_bytes()
    made.write_bytes(whole[:-1] + b"\0")
    assert piper_model.path() == made
    assert made.read_bytes() == whole


def test_piper_markup_in_a_text_is_treated_as_text(piper, tmp_path):
    take = heard(piper, scene("[[hello]] there \U0001f600 friend"), tmp_path)
    ipa = "".join(phone["ipa"] for phone in take.timings["phonemes"])
    assert re.search("loʊðɛɹfɹɛnd", ipa)
