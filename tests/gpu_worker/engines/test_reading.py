"""What is said for what is written, in front of every voice."""

from __future__ import annotations

import pytest

from gpu_worker.speech import chinese
from gpu_worker.speech.kokoro_symbols import sounds
from gpu_worker.speech.phrases import LONGEST_WORDS, pause_after, phrases
from gpu_worker.speech.reading import Unit, as_written, read, said
from gpu_worker.speech.reading.languages import LANGUAGES
from gpu_worker.speech.timings import Word
from tests.cpu_time import at_most
from tests.gpu_worker.engines.readings import READINGS


@pytest.mark.parametrize(("language", "text", "spoken"), READINGS)
def test_a_text_is_read_aloud(language: str, text: str, spoken: str) -> None:
    units = read(text, language)
    assert said(units) == spoken
    assert " ".join(unit.written for unit in units) == text


def test_all_languages_have_cases() -> None:
    assert len(READINGS) >= 260
    assert {language for language, _, _ in READINGS} >= LANGUAGES.keys()


def test_a_language_without_a_table_keeps_its_text_and_loses_its_pictures() -> None:
    assert said(read("Pris: 5 kr 😀 i dag.", "sv")) == "Pris: 5 kr i dag."


def test_written_words_get_the_times_of_what_is_said_for_them() -> None:
    units = read("😀 It is 5 km away", "en")
    assert units[2] == Unit("5 km", "five kilometers")
    # The voice ran two words together, and took another one apart.
    heard = [("Itis", 0.1, 0.5), ("five", 0.5, 0.8), ("kilo", 0.8, 1.0), ("meters", 1.0, 1.4)]
    words = as_written(units, [Word(*one) for one in [*heard, ("away", 1.4, 2.0)]])
    assert [word.text for word in words] == ["😀 It", "is", "5", "km", "away"]
    assert words[0].start == 0.1
    assert (words[2].start, words[3].end) == (0.5, 1.4)
    assert words[2].end == words[3].start
    assert (words[4].start, words[4].end) == (1.4, 2.0)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("大家好，天气变。", "ta↘ʨja→xau↓, tʰjɛ→nʨʰi↘pjɛ↘n."),
        ("这是四十", "ꭧɤ↘ʂɨ↘sɨ↘ʂɨ↗"),
        ("重庆很重要", "ꭧʰʊ↗ŋʨʰi↘ŋxə↓nꭧʊ↘ŋjau↘"),
        ("25岁", "ɚ↘ʂɨ↗u↓swei↘"),
    ],
)
def test_chinese_is_read_by_its_syllables_and_tones(text: str, symbols: str) -> None:
    """One character may be read in two ways; the words around it decide."""
    assert chinese.phonemes(text) == symbols
    heard = list(sounds((symbol, 10) for symbol in symbols))
    assert sum(samples for _, samples in heard) == 10 * len(symbols)
    assert not any(tone in sound for sound, _ in heard for tone in "→↗↓↘")


def test_a_sentence_is_spoken_in_breaths() -> None:
    text = (
        "When the sun goes down behind the hills, the whole valley turns blue and very quiet, "
        "and one by one the lamps of the little houses beside the river begin to shine."
    )
    cut = [phrase.text for phrase in phrases(text)]
    assert len(cut) == 2
    assert " ".join(cut) == text
    assert cut[0].endswith(",")
    assert len(cut[0].split()) <= LONGEST_WORDS
    assert [p.text for p in phrases("Dr. Lee, who is here, came.")] == [
        "Dr. Lee, who is here, came."
    ]


def test_pauses_follow_the_marks_and_are_never_all_alike() -> None:
    rests = {mark: pause_after(f"It rains{mark}") for mark in (",", ";", ".", "?", "...")}
    assert sorted(rests, key=lambda mark: rests[mark]) == [",", ";", ".", "?", "..."]
    alike = [pause_after(f"Sentence {number}.") for number in range(50)]
    assert len(set(alike)) > 25
    assert 0.36 <= min(alike) < max(alike) <= 0.48
    assert pause_after("It rains.") == pause_after("It rains.")


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "1",
            "1.",
            "1,",
            "1 ",
            "1-",
            "1/",
            "1:",
            "$1",
            "#a",
            "a.",
            "a@",
            "a@a.",
            "a.com",
            "I",
            "I ",
        ),
        *(
            "http://a",
            "www.",
            "+1 ",
            "(1)",
            "X I ",
            "st. ",
            "½",
            "😀",
            "&",
            "1h",
            "aA",
            "_",
            "é ",
            "1 я",
            "1 г",
            "文",
        ),
    ],
)
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    text = (unit * 6_000)[:6_000]
    with at_most(1):
        for language in ("en", "fr", "de", "ru"):
            phrases(said(read(text, language)))
