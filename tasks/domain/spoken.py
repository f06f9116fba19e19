"""Compare a sentence with what a recogniser has heard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

SAME_FROM: Final = 0.6
"""The likeness from which a recording says the sentence; recognisers mishear names and accents."""
_FEWEST_WORDS: Final = 2
"""A text of fewer words between spaces is compared by its characters."""
_BETWEEN: Final = re.compile(r"[^\w]+|_")


def likeness(sentence: str, heard: str) -> float:
    """Return how much of a sentence was heard in its order, from 0 to 1; what else is heard counts.

    >>> likeness("I agree that Callsheet uses my voice.", "i agree that call sheet uses my voice")
    0.8
    >>> likeness("I agree.", "The weather is fine today.")
    0.0
    >>> likeness("", "anything")
    0.0
    """
    meant, found = _parts(sentence), _parts(heard)
    if not meant or not found:
        return 0.0
    if min(len(meant), len(found)) < _FEWEST_WORDS:
        meant, found = list("".join(meant)), list("".join(found))
    matcher = SequenceMatcher(None, meant, found, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return round(2 * same / (len(meant) + len(found)), 3)


def says(sentence: str, heard: str) -> bool:
    """Return whether a recording says a sentence.

    >>> says("I, Ada, agree that my face is shown.", "I Eda agree that my face is shown")
    True
    >>> says("I agree that my face is shown.", "I do not want to be in any film of yours at all.")
    False
    """
    return likeness(sentence, heard) >= SAME_FROM


def _parts(text: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKD", text).casefold().replace("'", "").replace("\u2019", "")
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in _BETWEEN.split(bare) if word]
