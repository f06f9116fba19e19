"""Convert the symbols of a synthesiser to phones with times."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from gpu_worker.speech.timings import Phone

_STRESS = {"ˈ": 1, "ˌ": 2}
_MODIFIERS = frozenset("ːˑʲʰʷᵝˤ˞")
# Punctuation and the model's begin, end and filler symbols are silent.
_PAUSES = frozenset(" .,;:!?…-–—\"'“”‘’()[]^$_¡¿«»\n")


def phones(symbols: Iterable[tuple[str, int]], rate: int) -> list[Phone]:
    """Convert symbols, each with its number of samples, to phones.

    A stress mark belongs to the vowel after it, and a length mark to the sound before it.
    Symbols that are neither and make no sound are the silence between phones.
    """
    found: list[Phone] = []
    stress, since, samples = 0, 0.0, 0
    joined = False
    for symbol, length in symbols:
        samples += length
        end = samples / rate
        if symbol in _PAUSES:
            stress, since, joined = 0, end, False
        elif symbol in _STRESS:
            stress = _STRESS[symbol]
        elif joined and _modifies(symbol):
            last = found[-1]
            found[-1] = Phone(last.ipa + symbol, last.start, end, last.stress)
            since = end
        else:
            found.append(Phone(symbol, since, end, stress))
            stress, since, joined = 0, end, True
    return found


def plain(phonemes: str) -> list[str]:
    """Return the phones of a phoneme string, without stress or times."""
    symbols = ((symbol, 0) for symbol in unicodedata.normalize("NFD", phonemes))
    return [phone.ipa for phone in phones(symbols, 1)]


def _modifies(symbol: str) -> bool:
    return symbol in _MODIFIERS or unicodedata.combining(symbol[0]) > 0
