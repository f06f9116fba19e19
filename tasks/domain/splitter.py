"""The one splitter: text to scenes, by sentence and by breath.

The number of scenes must be known when the chord is built, so a given text is
cut here, before anything runs; what a writer sends back for a topic is merged
or split here to the number that the plan asked for.
"""

from __future__ import annotations

import re
from itertools import pairwise

from tasks.domain.screenplay import Scene

# Measured on the default voice; a scene's estimate only, never a promise.
WORDS_PER_SECOND = 2.6
LONGEST_SCENE_SECONDS = 12.0
LONGEST_SCENE_WORDS = int(LONGEST_SCENE_SECONDS * WORDS_PER_SECOND)
SHORTEST_SCENE_WORDS = 4

_SPACE = re.compile(r"\s+")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|Fig|[A-Z])\.$")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+|[。！？]+")
_BREATH = re.compile(r"[,;:–—]\s+|[，、；：]")


def clean(text: str) -> str:
    """One line of speakable text: no control characters, single spaces."""
    printable = "".join(c if c.isprintable() or c.isspace() else " " for c in text)
    return _SPACE.sub(" ", printable).strip()


def estimate_seconds(text: str) -> float:
    """How long the text takes to say, for a plan that has not heard it yet."""
    return round(max(0.6, _words(text) / WORDS_PER_SECOND), 2)


def split(text: str) -> tuple[Scene, ...]:
    """The scenes of a given text, none longer than a breath and in its order."""
    pieces = [piece for sentence in _sentences(clean(text)) for piece in _breaths(sentence)]
    return _scenes(_join_short(pieces))


def split_to(text: str, count: int) -> tuple[Scene, ...]:
    """Exactly `count` scenes, merged or split from what a writer sent back."""
    pieces = [scene.text for scene in split(text)] or [clean(text)]
    while len(pieces) > count:
        at = min(range(len(pieces) - 1), key=lambda i: len(pieces[i]) + len(pieces[i + 1]))
        pieces[at : at + 2] = [f"{pieces[at]} {pieces[at + 1]}"]
    while len(pieces) < count:
        at = max(range(len(pieces)), key=lambda i: _words(pieces[i]))
        pieces[at : at + 1] = _halves(pieces[at])
    return _scenes(pieces)


def _words(text: str) -> int:
    # Scripts without spaces are counted by character, two to a spoken word.
    return max(len(text.split()), sum(ord(c) > 0x2E80 for c in text) // 2)


def _cut(text: str, pattern: re.Pattern[str]) -> list[str]:
    edges = [0, *(match.end() for match in pattern.finditer(text)), len(text)]
    return [piece for a, b in pairwise(edges) if (piece := text[a:b].strip())]


def _sentences(text: str) -> list[str]:
    joined: list[str] = []
    for piece in _cut(text, _SENTENCE_END):
        if joined and _ABBREVIATION.search(joined[-1]):
            joined[-1] = f"{joined[-1]} {piece}"
        else:
            joined.append(piece)
    return joined


def _breaths(sentence: str) -> list[str]:
    """A long sentence cut at its commas and, where it has none, between words."""
    if _words(sentence) <= LONGEST_SCENE_WORDS:
        return [sentence]
    parts: list[str] = []
    for clause in _cut(sentence, _BREATH):
        if parts and _words(f"{parts[-1]} {clause}") <= LONGEST_SCENE_WORDS:
            parts[-1] = f"{parts[-1]} {clause}"
        else:
            parts.append(clause)
    return [piece for part in parts for piece in _between_words(part)]


def _between_words(text: str) -> list[str]:
    if _words(text) <= LONGEST_SCENE_WORDS:
        return [text]
    first, second = _halves(text)
    return [*_between_words(first), *_between_words(second)]


def _halves(text: str) -> list[str]:
    words = text.split()
    if len(words) >= 2:
        middle = len(words) // 2
        return [" ".join(words[:middle]), " ".join(words[middle:])]
    middle = len(text) // 2
    # A single letter cannot be halved: it is said twice rather than not at all.
    return [text[:middle] or text, text[middle:] or text]


def _join_short(pieces: list[str]) -> list[str]:
    """A word or two on its own ("Yes.") is a breath with its neighbour, not a scene."""
    joined: list[str] = []
    for piece in pieces:
        short = joined and min(_words(joined[-1]), _words(piece)) < SHORTEST_SCENE_WORDS
        if short and _words(f"{joined[-1]} {piece}") <= LONGEST_SCENE_WORDS:
            joined[-1] = f"{joined[-1]} {piece}"
        else:
            joined.append(piece)
    return joined


def _scenes(pieces: list[str]) -> tuple[Scene, ...]:
    return tuple(Scene(i, text, estimate_seconds(text)) for i, text in enumerate(pieces))
