"""Estimate word timings that were not measured, by the lengths of the words."""

from __future__ import annotations

from collections.abc import Sequence

from gpu_worker.speech.timings import Word

_PAUSE_LETTERS = 2
"""The length of the pause after a word, in letters."""


def spread(text: str, start: float, end: float) -> list[Word]:
    """Return the words of a sentence, one after the other, from `start` to `end`.

    >>> [(word.text, word.start, word.end) for word in spread("a bcd", 1.0, 3.0)]
    [('a', 1.0, 1.75), ('bcd', 1.75, 3.0)]
    """
    tokens = text.split()
    shares = [len(token) + _PAUSE_LETTERS for token in tokens]
    return _laid(tokens, shares, start, (end - start) / max(sum(shares), 1))


def _laid(tokens: Sequence[str], shares: Sequence[int], at: float, letter: float) -> list[Word]:
    words: list[Word] = []
    for token, share in zip(tokens, shares, strict=True):
        words.append(Word(token, round(at, 5), round(at + share * letter, 5)))
        at += share * letter
    return words
