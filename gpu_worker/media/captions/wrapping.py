"""Text into lines that fit the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from gpu_worker.media.captions.cues import Cue, is_tight
from gpu_worker.media.captions.text import cuts, pieces, shown

_ATTEMPTS = 8
"""Numbers of lines to try for lines of equal length, before they are just filled."""


class Measure(Protocol):
    """Measures the width of a text."""

    def getlength(self, text: str) -> float: ...


class Part(NamedTuple):
    """Text that stays on one line; its widths are measured once, so that wrapping is linear."""

    text: str
    width: float
    gap: float
    """Width of the space before it, unless it begins a line."""
    word: int
    """The number of the word that it belongs to."""


Line = list[Part]


def wrap(text: str, font: Measure, widest: int) -> list[str]:
    """Return lines that fit, as equal as possible; a word wider than a line is hyphenated."""
    parts: list[Part] = []
    measure = cache(font.getlength)
    space = measure(" ")
    for number, (piece, glued) in enumerate(pieces(text)):
        parts += _parts(piece, 0 if glued or not number else space, number, (measure, widest))
    return [line_text(line) for line in lines_of(parts, widest)]


def line_text(line: Sequence[Part]) -> str:
    """Return a line as it is drawn."""
    return shown(joined(line))


def joined(line: Sequence[Part]) -> str:
    """Return the parts of a line, joined, with the marks of cuts."""
    spaces = (" " if part.gap and number else "" for number, part in enumerate(line))
    return "".join(space + part.text for space, part in zip(spaces, line, strict=True))


def parts_of(cue: Cue, font: Measure, widest: int) -> list[Part]:
    """Return the words of a cue, each with its number, so that it can be found on its line."""
    measure = cache(font.getlength)
    space = measure(" ")
    if not cue.words:
        texts = list(pieces(cue.text))
        words = [(piece.text, piece.glued) for piece in texts]
    else:
        tight = [False] + [
            is_tight(cue.words[number - 1].text, word)
            for number, word in enumerate(cue.words)
            if number
        ]
        words = [(word.text, glued) for word, glued in zip(cue.words, tight, strict=True)]
        words[-1] = (shown(words[-1][0]), words[-1][1])
    parts: list[Part] = []
    for number, (text, glued) in enumerate(words):
        parts += _parts(text, 0 if glued or not number else space, number, (measure, widest))
    return parts


def _parts(
    word: str, gap: float, number: int, room: tuple[Callable[[str], float], int]
) -> Iterator[Part]:
    measure, widest = room
    for part in cuts(word, widest, measure):
        yield Part(part, measure(shown(part)), gap, number)
        gap = 0


def lines_of(parts: Sequence[Part], widest: int) -> list[Line]:
    total = sum(part.gap + part.width for part in parts)
    count = max(1, -(-round(total) // widest))
    if total <= widest:
        return [list(parts)]
    for most in range(count, min(count + _ATTEMPTS, len(parts))):
        lines = _lines(parts, total / most, widest)
        if len(lines) <= most:
            return lines
    return _lines(parts, widest, widest)


def _lines(parts: Sequence[Part], fair: float, widest: int) -> list[Line]:
    lines: list[Line] = [[]]
    begun = 0.0
    for part in parts:
        wider = begun + part.gap + part.width
        if lines[-1] and (wider > widest or begun >= fair or wider - fair > fair - begun):
            lines.append([])
        begun = wider if lines[-1] else part.width
        lines[-1].append(part)
    return lines
