"""The parts that voice engines share, each by itself."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from gpu_worker.engine import Weight
from gpu_worker.models import prepared_files
from gpu_worker.speech.kokoro_symbols import symbols
from gpu_worker.speech.loudness import CEILING, TARGET_LUFS, integrated, levelled
from gpu_worker.speech.numerals import sayable
from gpu_worker.speech.phones import phones, plain
from gpu_worker.speech.phrases import pause_after
from gpu_worker.speech.pieces import breaths, spoken, spread
from gpu_worker.speech.take import Take, finished, joined, trimmed, written
from gpu_worker.speech.timings import Phone
from gpu_worker.speech.words import words
from tasks.domain.errors import EngineBroken
from tasks.domain.splitter import split
from tests.cpu_time import at_most
from tests.services.binaries import require

RATE = 16_000
LEXICON = {"of": "ʌv", "the": "ðə", "42": "fɔːɹɾi tuː", "bees": "biːz", "go": "ɡoʊ", "—": ""}


def tone(seconds: float, level: float = 0.5, hertz: float = 997.0, rate: int = RATE) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


@pytest.mark.parametrize("rate", [22050, 24000, 44100, 48000])
def test_loudness_of_the_reference_tone(rate):
    """BS.1770: a full-scale sine of 997 Hz in one channel is -3.01 LUFS."""
    assert integrated(tone(4, 1.0, rate=rate), rate) == pytest.approx(-3.01, abs=0.05)


def test_loudness_ignores_pauses_and_silence_is_minus_infinity():
    loud = np.concatenate([tone(4), np.zeros(16 * RATE, np.float32), tone(4)])
    assert integrated(loud, RATE) == pytest.approx(integrated(tone(4), RATE), abs=0.3)
    assert integrated(np.zeros(RATE, np.float32), RATE) == float("-inf")
    assert integrated(tone(0.1), RATE) == pytest.approx(integrated(tone(4), RATE), abs=0.2)


def test_loudness_agrees_with_ffmpeg(tmp_path):
    noise = np.random.default_rng(3).standard_normal(6 * RATE)
    swell = (noise * np.linspace(0.001, 0.1, noise.size)).astype(np.float32)
    part = written(Take(swell, RATE), tmp_path)["speech.wav"]
    meter = require("ffmpeg", "ffmpeg")
    command = [meter, "-nostats", "-i", part, "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    theirs = float(said.rsplit("I:", 1)[1].split()[0])
    assert integrated(swell, RATE) == pytest.approx(theirs, abs=0.2)


def test_levelling_never_clips():
    spiky = np.zeros(RATE, np.float32)
    spiky[::4000] = 0.5
    even = levelled(spiky, RATE)
    assert integrated(even, RATE) < TARGET_LUFS
    assert np.abs(even).max() == pytest.approx(CEILING, rel=1e-5)


def test_stress_and_length_marks_belong_to_their_vowel():
    symbols = [("^", 10), ("f", 10), ("ˈ", 5), ("ɔ", 10), ("ː", 5), (" ", 20), ("ˌ", 5), ("i", 5)]
    assert phones(symbols, 10) == [
        Phone("f", 1.0, 2.0, 0),
        Phone("ɔː", 2.0, 4.0, 1),
        Phone("i", 6.0, 7.0, 2),
    ]
    assert plain("bˈiːz, ɡˈoʊ.") == ["b", "iː", "z", "ɡ", "o", "ʊ"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("of the 42 bees", "ʌvðə fɔːɹɾi tuː biːz"),  # run together, and read out as two words
        ("bees — go", "biːz ɡoʊ"),
        ("of bees go", "ə biːs ɡə"),  # said otherwise than each by itself
    ],
)
def test_every_word_is_aligned_with_its_phones(text, said):
    heard = phones([(symbol, 1) for symbol in said], 1)
    found = words(text, heard, lambda word: plain(LEXICON[word]))
    assert " ".join(word.text for word in found) == text
    assert [word.start for word in found] == sorted(word.start for word in found)
    assert all(word.start < word.end for word in found)
    bees = next(word for word in found if word.text.startswith("bees"))
    assert bees.start == next(phone.start for phone in heard if phone.ipa == "b")


def test_silence_has_no_words():
    assert words("bees", [], lambda word: plain(LEXICON[word])) == []


def test_trimming_and_joining_shift_the_timings():
    quiet = np.zeros(RATE, np.float32)
    take = Take(np.concatenate([quiet, tone(1), quiet]), RATE, [Phone("a", 1.0, 2.0)])
    short = trimmed(take)
    assert short.seconds == pytest.approx(1.02, abs=0.01)
    assert short.phones[0].start == pytest.approx(0.01, abs=0.005)
    both = joined([short, short], [0.5, 0.3])
    assert both.seconds == pytest.approx(2 * short.seconds + 0.5, abs=1e-3)
    assert both.phones[1].start == pytest.approx(short.seconds + 0.51, abs=0.005)
    whole = finished(both)
    assert whole.seconds == pytest.approx(both.seconds + 0.16, abs=0.03)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("hi", "५0 सैनिक, 1,000.5", "पाँच शून्य सैनिक, एक शून्य शून्य शून्य दशमलव पाँच"),
        ("ar", "كان هناك ٥٠ جنديا", "كان هناك 50 جنديا"),
        ("cs", "Dne 21. listopadu.", "Dne 21 listopadu."),
        ("es", "Son 123456789.", "Son 1 2 3 4 5 6 7 8 9."),
        ("de", "Am 21. November", "Am 21. November"),
    ],
)
def test_numbers_are_rewritten_so_that_they_can_be_spoken(language, text, said):
    def put(form):
        if language == "cs" and "21." in form:
            raise NotImplementedError
        if language == "es" and "12" in form:
            raise OverflowError

    assert sayable(text, language, put) == said


def test_no_piece_is_longer_than_the_limit_of_the_model():
    for text, most in (
        ("Un, deux, trois, quatre. " * 20, 30),
        ("字" * 200, 71),
        ("한국어 " * 80, 95),
    ):
        cut = breaths(text, most)
        assert max(map(len, cut)) <= most
        assert "".join(cut).replace(" ", "") == text.replace(" ", "")


def test_pieces_are_joined_without_a_click():
    """Each begins and ends in silence, whatever it was cut out of."""
    pieces = ["one", "two", "three"]
    take = spoken(pieces, RATE, lambda piece, number: tone(0.3 + 0.1 * number), lambda share: None)
    steps = np.abs(np.diff(take.samples))
    assert steps.max() <= np.abs(np.diff(tone(1))).max() * 1.01
    assert [word.text for word in take.words] == pieces
    silent = np.flatnonzero(take.samples == 0)
    assert len(silent) >= 2 * pause_after("one") * 0.9 * RATE


def test_silent_output_of_an_engine_is_an_error():
    with pytest.raises(EngineBroken):
        finished(Take(np.zeros(RATE, np.float32), RATE))


def test_a_model_with_another_hash_is_rejected(models_dir):
    with pytest.raises(EngineBroken):
        prepared_files.prepared(Weight("model.onnx", "0" * 64, 3), lambda: b"abc")
    assert list(models_dir.iterdir()) == []


@pytest.mark.parametrize(
    "unit", ["1", "1.", "1,", "1. ", "1 ", "\u0967", "a", "a\u02d0", "\u02c8", " ", "t\u0283"]
)
def test_hostile_text_is_prepared_for_a_voice_in_linear_time(unit: str) -> None:
    """Whatever a script repeats, numerals, phones, symbols and times take no CPU to speak of."""
    text = (unit * 20_000)[:20_000]

    def refuse(_text: str) -> None:
        raise OverflowError

    with at_most(1):
        for language in ("en", "hi"):
            sayable(text, language, refuse)
        plain(text)
        symbols(text)
        spread(text, 0.0, 1.0)


def test_words_of_the_longest_scene_are_timed_quickly() -> None:
    """The alignment is quadratic, but the splitter bounds its scenes."""
    text = split("abcdefghijkl" * 2_000)[0].text
    said = [Phone("a", n / 10, n / 10 + 0.1) for n in range(len(text))]
    with at_most(1):
        words(text, said, list)
