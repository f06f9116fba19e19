"""A listener that does not know the script: Whisper base, offline, from packages.

with listening() as listener:
    listener.word_errors(Path("final.mp4"), "What was meant to be said.")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import category

from gpu_worker.speech import recogniser

NEEDED = recogniser.NEEDED


_WRITES = {"hi": "नमस्ते, यह वाक्य हिन्दी में लिखा है।"}
"""What shows the listener the script that is meant; it writes Hindi in Latin or Arabic letters."""


class Listener:
    def __init__(self, model: Any) -> None:
        self._model = model

    def hears(self, media: Path, language: str = "en") -> str:
        """What is said in a sound or video file."""
        segments, _ = self._model.transcribe(
            str(media), language=language, beam_size=5, initial_prompt=_WRITES.get(language)
        )
        return " ".join(segment.text.strip() for segment in segments)

    def word_errors(self, media: Path, text: str, language: str = "en") -> float:
        """Wrong, missing and added words, as a share of the words that were meant."""
        meant = _words(text, language)
        return _distance(meant, _words(self.hears(media, language), language)) / len(meant)


@contextmanager
def listening() -> Iterator[Listener]:
    """The model of the product's own recogniser."""
    yield Listener(recogniser.model())


def _words(text: str, language: str) -> list[str]:
    """The words, or what is counted in a language that is written without spaces.

    Chinese counts by its syllables with their tones, whether in simplified or in traditional
    characters, and Japanese by its kana, because the listener chooses between both. Hindi counts
    by its letters, which the listener hears better than it spells words.
    """
    plain = text.lower().replace("’", "'").replace("-", " ")
    letters = [letter for letter in plain if letter.isalnum() or category(letter)[0] == "M"]
    if language == "zh":
        from pypinyin import Style, lazy_pinyin

        return list(lazy_pinyin("".join(letters), style=Style.TONE3))
    if language == "ja":
        import pyopenjtalk

        return list(pyopenjtalk.g2p("".join(letters), kana=True))
    if language in ("hi", "th"):
        return letters
    return re.sub(r"[^\w' ]|_", " ", plain).split()


def _distance(meant: Sequence[str], heard: Sequence[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, word in enumerate(meant, 1):
        steps = [i]
        for j, (diagonal, above) in enumerate(pairwise(row)):
            steps.append(min(above + 1, steps[-1] + 1, diagonal + (word != heard[j])))
        row = steps
    return row[-1]
