"""Convert espeak-ng's phonemes to the symbols that Kokoro was trained on, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

# American English. Longer sequences stand before the shorter ones they begin with.
_SYMBOLS = (
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("eɪ", "A"),
    ("oʊ", "O"),
    ("ɔɪ", "Y"),
    ("dʒ", "ʤ"),
    ("tʃ", "ʧ"),
    ("ɜː", "ɜɹ"),
    ("ɚ", "əɹ"),
    ("ɐ", "ə"),
    ("ɾ", "T"),
    ("ʔ", "t"),
    ("ɬ", "l"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("e", "A"),
    ("o", "ɔ"),
    ("ʲ", ""),
    ("ː", ""),
    ("\u0329", ""),
    ("\u0303", ""),
)
# Of every other language: affricates are one symbol, and nothing ties two together.
_AFFRICATES = (("dʒ", "ʤ"), ("tʃ", "ʧ"), ("ts", "ʦ"), ("dz", "ʣ"), ("\u0361", ""), ("-", ""))
_VOWELS: Final = "aeiouɛɔ"
_ITALIAN: Final = tuple(
    (re.compile(pattern), symbol)
    for pattern, symbol in (
        # espeak-ng writes lax vowels, which Italian does not have.
        ("ɪ", "i"),
        ("ʊ", "u"),
        # It parts what is one syllable: "cambierà" has three, and "buona" two.
        (r"(?<![ˈˌ])iʲ", "j"),
        ("iʲ", "i"),
        (r"u(?=[ˈˌ]ɔ)", "w"),
        # A stressed vowel before a single consonant is long: it tells "api" from "appi".
        (
            rf"(ˈ[{_VOWELS}])(?=(?:[pbtdkɡfvszmnlɾrʃʧʤ]|[pbtdkɡfv][ɾrl]|[pbtdkɡlɾrsznmv][jw])"
            rf"[{_VOWELS}](?:\W|$))",
            r"\1ː",
        ),
        # The one symbol that Kokoro has learned for the long sound.
        ("ss", "S"),
    )
)
_SOUNDS = {
    "I": "aɪ",
    "W": "aʊ",
    "A": "eɪ",
    "O": "oʊ",
    "Y": "ɔɪ",
    "ʤ": "dʒ",
    "ʧ": "tʃ",
    "ʦ": "ts",
    "ʨ": "tɕ",
    "ꭧ": "ʈʂ",
    **dict.fromkeys("→↗↓↘", "ː"),
    "ʣ": "dz",
    "S": "ss",
    "ʥ": "dʑ",
    "T": "ɾ",
    "ᵊ": "ə",
}


def symbols(phonemes: str, voice: str = "en-us") -> str:
    """Return the symbols for the phonemes of this voice of espeak-ng."""
    if voice != "en-us":
        for sounds_alike, symbol in _AFFRICATES:
            phonemes = phonemes.replace(sounds_alike, symbol)
        return _in_italian(phonemes) if voice == "it" else phonemes
    read: list[str] = []
    at = 0
    while at < len(phonemes):
        found = next(((a, b) for a, b in _SYMBOLS if phonemes.startswith(a, at)), None)
        sound, symbol = found or (phonemes[at], phonemes[at])
        read.append(symbol)
        at += len(sound)
    return "".join(read)


def _in_italian(phonemes: str) -> str:
    for pattern, symbol in _ITALIAN:
        phonemes = pattern.sub(symbol, phonemes)
    return phonemes


def sounds(lengths: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Convert symbols back to IPA; a symbol for two sounds divides its samples between them."""
    for symbol, samples in lengths:
        sound = _SOUNDS.get(symbol, symbol)
        yield sound[0], samples - samples // len(sound) * (len(sound) - 1)
        for second in sound[1:]:
            yield second, samples // len(sound)
