"""The phonemes of a text, by the espeak-ng that `piper-tts` carries.

It also reads out what is not a word: numbers, units, abbreviations.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gpu_worker.speech.phones import plain
from tasks.domain.voices import primary

if TYPE_CHECKING:
    from piper.phonemize_espeak import EspeakPhonemizer

_VOICES = {"en": "en-us", "pt": "pt-br"}
"""Where espeak-ng's name is not the tag of the language; the one in `piper-tts` has no `en-gb`."""
# espeak-ng takes the point of a title for the end of a sentence, and names every emoji.
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St|vs)\.(?=\s)")
_PICTURES = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]")


def espeak_voice(language: str) -> str:
    """The voice of espeak-ng whose phonemes a language is written in.

    >>> espeak_voice("en-GB"), espeak_voice("it")
    ('en-us', 'it')
    """
    return _VOICES.get(primary(language), primary(language))


def sentences(text: str, voice: str) -> list[str]:
    """Phoneme strings, decomposed, with their stress marks, spaces and sentence marks."""
    speakable = _TITLE.sub(r"\1", _PICTURES.sub(" ", text))
    said = ("".join(symbols) for symbols in _phonemizer().phonemize(voice, speakable))
    return [phonemes for phonemes in said if plain(phonemes)]


def pronounced(word: str, voice: str) -> list[str]:
    """The phones of one written word by itself."""
    return plain("".join(sentences(word, voice)))


@cache
def _phonemizer() -> EspeakPhonemizer:
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()
