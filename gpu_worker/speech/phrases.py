"""Split speech into phrases of one breath, and compute the pause after each."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tasks.domain.splitter import sentences

LONGEST_WORDS: Final = 16
"""Words in one breath; a longer sentence is split at its clauses."""
_SHORTEST_WORDS: Final = 5
_CLAUSE: Final = re.compile(r"[,;:–—][\"'”’»)\]]*+\s+|\s(?=[–—]\s)|[，、；：]\s*")
_CLOSING: Final = "\"'”’»)]」』）"
_SECONDS: Final = {
    **dict.fromkeys(".。", 0.42),
    **dict.fromkeys("!！", 0.40),
    **dict.fromkeys("?？", 0.50),
    "…": 0.62,
    **dict.fromkeys(":：", 0.30),
    **dict.fromkeys(";；", 0.32),
    **dict.fromkeys("–—", 0.26),
    **dict.fromkeys(",，、", 0.17),
}
_BETWEEN_WORDS: Final = 0.1
_VARIATION: Final = 0.12
"""Variation of pauses. It depends on the words, so that equal texts sound alike."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Text spoken in one breath, and the pause after it in seconds."""

    text: str
    pause: float


def phrases(text: str) -> list[Phrase]:
    """Split a text into phrases.

    >>> [phrase.text for phrase in phrases("Really? I do not think so.")]
    ['Really?', 'I do not think so.']
    """
    return [
        Phrase(part, pause_after(part))
        for sentence in sentences(text)
        for part in _breaths(sentence)
    ]


def pause_after(text: str) -> float:
    """Return the pause after a text in seconds."""
    last = text.rstrip(_CLOSING)
    mark = "…" if last.endswith("...") else last[-1:]
    vary = zlib.crc32(text.encode()) / 2**32 * 2 - 1
    return round(_SECONDS.get(mark, _BETWEEN_WORDS) * (1 + _VARIATION * vary), 3)


def _breaths(sentence: str) -> list[str]:
    """Split a long sentence at its clauses into parts that are neither too long nor too short."""
    if _words(sentence) <= LONGEST_WORDS:
        return [sentence]
    edges = [0, *(match.end() for match in _CLAUSE.finditer(sentence)), len(sentence)]
    parts: list[list[str]] = []
    last = 0
    for start, end in pairwise(edges):
        clause = sentence[start:end].strip()
        words = _words(clause)
        if parts and (last + words <= LONGEST_WORDS or min(last, words) < _SHORTEST_WORDS):
            parts[-1].append(clause)
            last += words
        elif clause:
            parts.append([clause])
            last = words
    return [" ".join(part).strip() for part in parts]


def _words(text: str) -> int:
    return len(text.split())
