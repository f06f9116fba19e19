"""Speak a scene of any length piece by piece, and join the pieces without clicks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gpu_worker.speech.phrases import pause_after
from gpu_worker.speech.spread import spread
from gpu_worker.speech.take import Take, joined, trimmed
from tasks.domain.splitter import split, split_to

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples
    from gpu_worker.speech.timings import Word


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
