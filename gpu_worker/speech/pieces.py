"""Speak a scene of any length piece by piece, and join the pieces without clicks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from gpu_worker.speech.phrases import pause_after
from gpu_worker.speech.take import Take, joined, trimmed
from gpu_worker.speech.timings import Word
from tasks.domain.splitter import split, split_to

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

_PAUSE_LETTERS = 2
"""The length of the pause after a word, in letters."""


def breaths(text: str, letters: int) -> list[str]:
    """Split a text into pieces of at most so many letters; a model cuts off longer ones.

    >>> breaths("One, two, three, four and five.", 16)
    ['One, two, three,', 'four and five.']
    """
    return [part for scene in split(text) for part in _within(scene.text, letters)] or [text]


def _within(piece: str, letters: int) -> list[str]:
    if len(piece) <= letters:
        return [piece]
    halves = split_to(piece, 2)
    return [part for half in halves for part in _within(half.text, letters)]


def spoken(
    pieces: Sequence[str],
    rate: int,
    say: Callable[[str, int], Samples],
    progress: Callable[[float], None],
) -> Take:
    """Speak all pieces, each faded at its ends; words are timed within their piece."""
    takes: list[Take] = []
    words: list[Word] = []
    pauses: list[float] = []
    at = 0.0
    for number, piece in enumerate(pieces):
        take = trimmed(Take(say(piece, number), rate))
        words += spread(piece, at, at + take.seconds)
        pauses.append(pause_after(piece))
        at += take.seconds + pauses[-1]
        takes.append(take)
        progress((number + 1) / len(pieces))
    return replace(joined(takes, pauses), words=words)


def spread(text: str, start: float, end: float) -> list[Word]:
    """Estimate the times of words that were not measured, by their lengths.

    >>> [(word.text, word.start, word.end) for word in spread("a bcd", 1.0, 3.0)]
    [('a', 1.0, 1.75), ('bcd', 1.75, 3.0)]
    """
    tokens = text.split()
    edges = list(accumulate((len(token) + _PAUSE_LETTERS for token in tokens), initial=0))
    letter = (end - start) / max(edges[-1], 1)
    times = [round(start + edge * letter, 5) for edge in edges]
    return [Word(*word) for word in zip(tokens, times, times[1:], strict=False)]
