"""Is what the voices say understood? Word errors of ten sentences, by an offline listener.

    python -m pytest -m bench -s tests/bench/test_intelligibility.py
    FINISHED_VIDEO=final.mp4 FINISHED_TEXT=text.txt python -m pytest -m bench ...

`make bench` sets its packages up.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path

import pytest

from tests.bench.listener import NEEDED, listening
from tests.gpu_worker.engines.voices import heard, scene

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in NEEDED),
        reason="the listener's packages are absent: make bench",
    ),
    pytest.mark.filterwarnings("ignore"),  # the listener's packages warn in their own code
]

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She sells fresh bread and cheese at the market every Saturday morning.",
    "Please bring an umbrella, because the weather will change this afternoon.",
    "Our engineers measured the speed of light with a mirror and a lamp.",
    "How many people live in the little houses beside the river?",
    "Bees tell each other where the flowers are by dancing in the hive.",
    "The museum opens late on Thursday, and entry is free for children.",
    "A good question is often worth more than a quick answer.",
    "Thank you for watching, and enjoy the rest of your evening.",
    "Every scene of this video was spoken by a computer.",
)
MOST_ERRORS = {"piper": 0.10, "kokoro": 0.10, "espeak": 0.35}


@pytest.fixture(scope="module")
def listener():
    with listening() as listener:
        yield listener


@pytest.mark.parametrize("name", MOST_ERRORS)
def test_ten_sentences_are_understood(name, listener, tmp_path):
    engine = importlib.import_module(f"gpu_worker.engines.voice.{name}").ENGINE()
    probe = engine.probe()
    if not probe.ok:
        pytest.skip(probe.why)
    errors = []
    for number, sentence in enumerate(SENTENCES):
        folder = tmp_path / str(number)
        folder.mkdir()
        take = heard(engine, scene(sentence), folder)
        errors.append(listener.word_errors(take.output.parts["speech.wav"], sentence))
        print(f"{name} {errors[-1]:.2f} {listener.hears(take.output.parts['speech.wav'])}")
    mean = sum(errors) / len(errors)
    print(f"{name}: mean word error rate {mean:.3f}")
    assert mean <= MOST_ERRORS[name]


@pytest.mark.skipif("FINISHED_VIDEO" not in os.environ, reason="FINISHED_VIDEO is not set")
def test_a_finished_video_is_understood(listener):
    text = Path(os.environ["FINISHED_TEXT"]).read_text(encoding="utf-8")
    rate = listener.word_errors(Path(os.environ["FINISHED_VIDEO"]), text)
    print(f"finished video: word error rate {rate:.3f}")
    assert rate <= 0.10
