"""Mouth shapes of sounds, by their IPA symbols."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viseme:
    """The targets of one sound; `open`, `wide`, `lift` in mouth widths, the others 0 to 1."""

    open: float
    wide: float = 0.0
    round: float = 0.0
    lift: float = 0.0
    """How far the upper lip bares the teeth."""
    press: float = 0.0
    tongue: float = 0.0
    """How far the tip of the tongue rises to the upper teeth."""
    hold: float = 1.0
    """Weight of the shape against its neighbours."""


REST = Viseme(0.0, hold=0.6)
LIPS = Viseme(0.0, wide=-0.01, press=1.0, hold=3.0)
TEETH_ON_LIP = Viseme(0.02, wide=0.02, lift=0.055, hold=3.0)
VOWEL_A = Viseme(0.34, wide=-0.05)
NEUTRAL = Viseme(0.15, round=0.1, hold=0.7)

_TABLE: tuple[tuple[str, Viseme], ...] = (
    ("pbmɓʙ", LIPS),
    ("fvɸβɱʋ", TEETH_ON_LIP),
    ("θð", Viseme(0.09, wide=0.02, lift=0.02, tongue=0.8, hold=1.4)),
    ("szɕʑ", Viseme(0.065, wide=0.07, lift=0.03, hold=1.6)),
    ("ʃʒʂʐ", Viseme(0.085, wide=-0.06, round=0.55, lift=0.035, hold=2.0)),
    ("tdnɲʈɖɳ", Viseme(0.085, wide=0.03, lift=0.012, tongue=0.6)),
    ("lɫɭʎ", Viseme(0.13, wide=0.02, tongue=0.9)),
    ("ɾr", Viseme(0.11, tongue=0.6)),
    ("ɹɻ", Viseme(0.09, wide=-0.04, round=0.5, hold=1.3)),
    ("kɡgŋxɣqχʁ", Viseme(0.115, hold=0.7)),
    ("wʍɥ", Viseme(0.05, wide=-0.08, round=1.0, hold=2.2)),
    ("jʝç", Viseme(0.09, wide=0.10)),
    ("hɦʔ", Viseme(0.14, hold=0.3)),
    ("aɑæʌɐä", VOWEL_A),
    ("ɒɔ", Viseme(0.29, wide=-0.07, round=0.5)),
    ("oɵɤ", Viseme(0.20, wide=-0.06, round=0.8)),
    ("uʊɯ", Viseme(0.10, wide=-0.08, round=0.95, hold=1.5)),
    ("yʏøœ", Viseme(0.10, wide=-0.06, round=0.9, hold=1.4)),
    ("eɛɜɝɚ", Viseme(0.23, wide=0.03)),
    ("iɪɨ", Viseme(0.125, wide=0.12, lift=0.015)),
    ("əɘ", NEUTRAL),
)
_BY_SIGN = {sign: viseme for signs, viseme in _TABLE for sign in signs}
_VOWELS = frozenset("aɑæʌɐäɒɔoɵɤuʊɯyʏøœeɛɜɝɚiɪɨəɘ")
_OPEN_VOWELS = frozenset("aɑæʌɐäɒɔoeɛɜ")
_MARKS = "ˈˌ'ˑ‿͡ _"


def sounds(ipa: str) -> list[Viseme]:
    """Return the mouth shapes of a symbol: two for a diphthong, REST for a pause."""
    shapes = [_BY_SIGN[sign] for sign in ipa if sign in _BY_SIGN]
    if shapes:
        # A diphthong or an affricate; more would not fit into its time.
        return shapes if len(shapes) <= 2 else [shapes[0], shapes[-1]]
    if any(sign.isalpha() and sign not in "ːˑ" for sign in ipa.strip(_MARKS)):
        return [NEUTRAL]
    return [REST]


def is_length_mark(ipa: str) -> bool:
    """Return whether a symbol only prolongs the previous sound."""
    return bool(ipa) and all(sign in "ːˑ̩̯̃" for sign in ipa)


def is_vowel(ipa: str) -> bool:
    return any(sign in _VOWELS for sign in ipa)


def closes_lips(ipa: str) -> bool:
    return any(_BY_SIGN.get(sign) is LIPS for sign in ipa)


def hums(ipa: str) -> bool:
    """Return whether a sound goes on while the lips are together."""
    return "m" in ipa or "ɱ" in ipa


def opens_mouth(ipa: str) -> bool:
    """Return whether a vowel is spoken with open lips."""
    return any(sign in _OPEN_VOWELS for sign in ipa)
