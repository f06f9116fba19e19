"""Convert text to phonemes with the espeak-ng of `piper-tts`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from gpu_worker.speech import chinese, japanese
from gpu_worker.speech.phones import plain
from tasks.domain.voices import primary

if TYPE_CHECKING:
    from piper.phonemize_espeak import EspeakPhonemizer

CHINESE = "zh"
JAPANESE = "ja"
"""No voices of espeak-ng: Kokoro knows other symbols (see `chinese.py` and `japanese.py`)."""
_TONES = str.maketrans("→↗↓↘", "ːːːː")
_VOICES = {"en": "en-us", "pt": "pt-br"}
"""Languages whose name in espeak-ng is not their tag; the one in `piper-tts` has no `en-gb`."""


def espeak_voice(language: str) -> str:
    """Return the espeak-ng voice that writes the phonemes of a language.

    >>> espeak_voice("en-GB"), espeak_voice("it")
    ('en-us', 'it')
    """
    return _VOICES.get(primary(language), primary(language))


def phonemes(text: str, voice: str) -> str:
    """Return the phonemes of a phrase, decomposed, with stress marks, spaces and punctuation.

    Words in another script are read in its language, because espeak-ng would spell them out.
    Empty if nothing in the text can be spoken.
    """
    if voice == JAPANESE:
        said = japanese.phonemes(text, _english)
    else:
        runs = _chinese_runs(text) if voice == CHINESE else _runs(text, voice)
        said = " ".join(
            chinese.phonemes(run) if of == CHINESE else _by_espeak(run, of) for run, of in runs
        )
    return said if plain(said) else ""


def pronounced(word: str, voice: str) -> list[str]:
    """Return the phones of one written word."""
    return plain(phonemes(word, voice).translate(_TONES))


_SCRIPTS = {
    "\u0370-\u03ff": "el",
    "\u0400-\u052f": "ru",
    "\u0590-\u05ff": "he",
    "\u0600-\u06ff": "ar",
    "\u0900-\u097f": "hi",
    "\u3040-\u30ff": "ja",
    "\u3400-\u9fff": "cmn",
    "\uac00-\ud7a3": "ko",
}
"""The letters of a script, and the language in which they are read."""
_RUN = re.compile("|".join(f"([{letters}]+)" for letters in _SCRIPTS))


def _by_espeak(text: str, voice: str) -> str:
    return " ".join("".join(symbols) for symbols in _phonemizer().phonemize(voice, text))


def _english(word: str) -> str:
    return _by_espeak(word, "en-us")


def _chinese_runs(text: str) -> Iterator[tuple[str, str]]:
    """Split a text into Chinese and Latin runs, each with its voice."""
    for match in re.finditer(r"[A-Za-z][A-Za-z' ]*|[^A-Za-z]+", text):
        yield match[0], "en-us" if match[0][0].isascii() and match[0][0].isalpha() else CHINESE


def _runs(text: str, voice: str) -> Iterator[tuple[str, str]]:
    """Split a text into runs of one script, each with its voice."""
    at = 0
    for match in _RUN.finditer(text):
        of = list(_SCRIPTS.values())[(match.lastindex or 1) - 1]
        if of == voice:
            continue
        if text[at : match.start()].strip():
            yield text[at : match.start()], voice
        yield match[0], of
        at = match.end()
    if text[at:].strip():
        yield text[at:], voice


@cache
def _phonemizer() -> EspeakPhonemizer:
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()
