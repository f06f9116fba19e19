"""A scene of any length, spoken a breath at a time and joined without clicks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gpu_worker.speech.spread import spread
from gpu_worker.speech.take import Take, joined, trimmed
from tasks.domain.splitter import split

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples
    from gpu_worker.speech.timings import Word

PAUSE_SECONDS = 0.3


def breaths(text: str) -> list[str]:
    """Pieces that a model says without running out of memory or of attention."""
    return [scene.text for scene in split(text)] or [text]


def spoken(
    text: str,
    rate: int,
    say: Callable[[str, int], Samples],
    progress: Callable[[float], None],
) -> Take:
    """All pieces, each faded at its ends; words are timed within their own piece."""
    pieces = breaths(text)
    takes: list[Take] = []
    words: list[Word] = []
    at = 0.0
    for number, piece in enumerate(pieces):
        take = trimmed(Take(say(piece, number), rate))
        words += spread(piece, at, at + take.seconds)
        at += take.seconds + PAUSE_SECONDS
        takes.append(take)
        progress((number + 1) / len(pieces))
    return replace(joined(takes, PAUSE_SECONDS), words=words)
