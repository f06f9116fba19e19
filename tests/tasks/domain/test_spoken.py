"""A sentence and what was heard are compared by words, or by characters where words are few."""

from __future__ import annotations

import pytest

from tasks.domain.spoken import likeness, says


@pytest.mark.parametrize(
    ("sentence", "heard", "expected"),
    [
        ("I agree", "I agreed", 0.5),  # two words are compared as words
        ("one two", "one", 0.667),  # one word is not: 3 of its characters are among 6
        ("hello", "hel lo", 1.0),
        ("one two", "one three five seven", 0.333),
        ("Café d'été", "cafe dete", 1.0),
        ("one", "", 0.0),
        ("", "one", 0.0),
        ("...", "one two", 0.0),
    ],
)
def test_likeness(sentence: str, heard: str, expected: float) -> None:
    assert likeness(sentence, heard) == expected


def test_words_that_are_repeated_often_count_in_a_long_text() -> None:
    text = "yes I do agree " * 60
    assert likeness(text, text) == 1.0


def test_a_recording_says_a_sentence_from_a_likeness_of_six_tenths() -> None:
    assert says("one two three four five", "one two three x y")
    assert not says("one two three four five", "one two x y z")
