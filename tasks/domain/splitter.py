"""The one splitter: text to scenes, by sentence and by breath.

The number of scenes must be known when the chord is built, so a given text is
cut here, before anything runs; what a writer sends back for a topic is merged
or split here to the number that the plan asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from tasks.domain.screenplay import Scene

# Measured on the default voice: an estimate goes by its mean, never a promise; a limit
# by the slowest sentence, so that it holds.
WORDS_PER_SECOND = 3.2
SLOWEST_WORDS_PER_SECOND = 2.6
LONGEST_SCENE_SECONDS = 12.0
LONGEST_SCENE_WORDS = int(LONGEST_SCENE_SECONDS * SLOWEST_WORDS_PER_SECOND)
SHORTEST_SCENE_WORDS = 4

_SPACE = re.compile(r"\s+")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|No|Fig|(?:\w\.)*\w)\.$")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？]+[」』）]*\s*")
_BREATH = re.compile(r"[,;:–—.!?…][\"'”’»)\]]*\s+|\s(?=[–—]\s)|[，、；：。！？]+[」』）]*\s*")
# Joiners shape letters and emoji; every other format character is invisible to a voice.
_JOINERS = "\u200c\u200d"
_LETTERS_PER_WORD = 12


def clean(text: str) -> str:
    """One line of speakable text: no control characters, single spaces.

    >>> clean("Hello\\n   there.")
    'Hello there.'
    """
    return _SPACE.sub(" ", "".join(map(_printable, text))).strip()


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
    while len(pieces) < count:
        at = max(range(len(pieces)), key=lambda i: (_words(pieces[i]), len(pieces[i])))
        pieces[at : at + 1] = _halves(pieces[at])
    return _scenes(_merged(pieces, count))


def _printable(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def _is_wide(character: str) -> bool:
    """Whether it belongs to a script that writes no spaces; Korean does."""
    return character >= "\u2e80" and not "\uac00" <= character <= "\ud7a3"


def _words(text: str) -> int:
    """Words as they are spoken: digits are words, and so are pieces of a very long word."""
    return sum(map(_spoken_words, text.split()))


def _spoken_words(token: str) -> int:
    digits = sum(map(str.isdigit, token))
    wide = sum(map(_is_wide, token))
    return max(1, digits + wide // 2 + (len(token) - digits - wide) // _LETTERS_PER_WORD)


def _glued(first: str, second: str) -> str:
    """Two neighbours as one text, with a space where their script has one."""
    space = "" if _is_wide(first[-1:]) and _is_wide(second[:1]) else " "
    return f"{first}{space}{second}"


def _joined(pieces: Sequence[str]) -> str:
    text = pieces[0]
    for piece in pieces[1:]:
        text = _glued(text, piece)
    return text


def _cut(text: str, pattern: re.Pattern[str]) -> list[str]:
    edges = [0, *(match.end() for match in pattern.finditer(text)), len(text)]
    return [piece for a, b in pairwise(edges) if (piece := text[a:b].strip())]


def _sentences(text: str) -> list[str]:
    joined: list[str] = []
    for piece in _cut(text, _SENTENCE_END):
        if joined and (_ABBREVIATION.search(joined[-1]) or piece[0].islower()):
            joined[-1] = _glued(joined[-1], piece)
        else:
            joined.append(piece)
    return joined


def _breaths(sentence: str) -> list[str]:
    """A long sentence cut at its commas and, where it has none, between words."""
    if _words(sentence) <= LONGEST_SCENE_WORDS:
        return [sentence]
    parts: list[str] = []
    for clause in _cut(sentence, _BREATH):
        if parts and _fits(parts[-1], clause):
            parts[-1] = _glued(parts[-1], clause)
        else:
            parts.append(clause)
    return [piece for part in parts for piece in _between_words(part)]


def _fits(first: str, second: str) -> bool:
    return _words(_glued(first, second)) <= LONGEST_SCENE_WORDS


def _between_words(text: str) -> list[str]:
    if _words(text) <= LONGEST_SCENE_WORDS:
        return [text]
    first, second = _halves(text)
    return [*_between_words(first), *_between_words(second)]


def _halves(text: str) -> list[str]:
    """Two parts about as long as each other: at a breath, else between words or letters."""
    clauses = _cut(text, _BREATH)
    pieces = clauses if len(clauses) > 1 else text.split()
    if len(pieces) > 1:
        return _merged(pieces, 2)
    middle = len(text) // 2
    # A single letter cannot be halved: it is said twice rather than not at all.
    return [text[:middle] or text, text[middle:] or text]


def _merged(pieces: Sequence[str], count: int) -> list[str]:
    """Neighbours joined to `count` pieces of about the same length."""
    if count == len(pieces):
        return list(pieces)
    if count <= 1:
        return [_joined(pieces)]
    left = count // 2
    share = sum(map(len, pieces)) * left / count
    cuts = range(left, len(pieces) - (count - left) + 1)
    cut = min(cuts, key=lambda at: abs(sum(map(len, pieces[:at])) - share))
    return [*_merged(pieces[:cut], left), *_merged(pieces[cut:], count - left)]


def _join_short(pieces: list[str]) -> list[str]:
    """A word or two on its own ("Yes.") is a breath with its neighbour, not a scene."""
    joined: list[str] = []
    for piece in pieces:
        short = joined and min(_words(joined[-1]), _words(piece)) < SHORTEST_SCENE_WORDS
        if short and _fits(joined[-1], piece):
            joined[-1] = _glued(joined[-1], piece)
        else:
            joined.append(piece)
    return joined


def _scenes(pieces: list[str]) -> tuple[Scene, ...]:
    return tuple(Scene(i, text, estimate_seconds(text)) for i, text in enumerate(pieces))
