"""The language of a text is told at its limits, and not beyond them."""

from __future__ import annotations

import pytest

from tasks.domain.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("の" + "中" * 28, "ja"),
        ("の" + "中" * 29, "zh"),  # a thirtieth of the letters is too little for Japanese
        ("你好ab", ""),  # one half is no majority
        ("你好吗ab", "zh"),
        ("你好吗好ab", "zh"),
        ("αβ 你", "el"),
        ("αβ אב", "he"),  # together they are foreign; the last one counted decides
        ("", ""),
        ("123 !?", ""),
    ],
)
def test_scripts_are_told_by_their_share_of_the_letters(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the cat and dog", "en"),  # four words, two of them frequent
        ("the and dog", ""),
        ("the cat saw dog", ""),
        ("the and" + " word" * 9, "en"),
        ("the and" + " word" * 10, ""),  # less than 18 percent
        ("the " * 9 + "word " * 41, "en"),  # exactly 18 percent
        ("de que muito casa", "pt"),  # three, and two of Spanish: just far enough ahead
        ("de que casa perro", ""),
    ],
)
def test_languages_are_told_by_their_frequent_words(text: str, language: str) -> None:
    assert detect(text) == language
