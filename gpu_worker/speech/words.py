"""Find the phones that each written word became.

A synthesiser says "42" as two words and "of the" as one, so spaces in its phonemes
do not tell the words of a text apart. Every written word is therefore turned into
phones on its own as well, and the two sequences are aligned by edit distance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpu_worker.speech.timings import Phone, Word

_GAP = 1.0
_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵʉʊʌʏᵻ")


def words(text: str, said: Sequence[Phone], pronounce: Callable[[str], list[str]]) -> list[Word]:
    """Return the words of the text with their times; none if no phone was spoken."""
    if not said:
        return []
    tokens: list[str] = []
    expected: list[tuple[str, int]] = []
    for token in text.split():
        sounds = pronounce(token)
        if sounds or not tokens:
            tokens.append(token)
            expected += [(sound, len(tokens) - 1) for sound in sounds]
        else:
            tokens[-1] += f" {token}"  # a lone dash is shown with the word before it
    return _timed(tokens, said, _owners(expected, said))


def _owners(expected: Sequence[tuple[str, int]], said: Sequence[Phone]) -> list[int]:
    """Return for each spoken phone the number of its word, in ascending order."""
    table = _distances([sound for sound, _ in expected], [phone.ipa for phone in said])
    owners = [-1] * len(said)
    row, column = len(expected), len(said)
    while row and column:
        here = table[row][column]
        if here == table[row - 1][column - 1] + _cost(expected[row - 1][0], said[column - 1].ipa):
            row, column = row - 1, column - 1
            owners[column] = expected[row][1]
        elif here == table[row - 1][column] + _GAP:
            row -= 1
        else:
            column -= 1
    last = next((owner for owner in owners if owner >= 0), 0)
    for i, owner in enumerate(owners):
        last = owners[i] = owner if owner >= 0 else last
    return owners


def _distances(expected: Sequence[str], said: Sequence[str]) -> list[list[float]]:
    table = [[column * _GAP for column in range(len(said) + 1)]]
    for i, sound in enumerate(expected, 1):
        above, row = table[-1], [i * _GAP]
        for j, heard in enumerate(said, 1):
            swap = above[j - 1] + _cost(sound, heard)
            row.append(min(swap, above[j] + _GAP, row[-1] + _GAP))
        table.append(row)
    return table


def _cost(sound: str, heard: str) -> float:
    if sound == heard:
        return 0.0
    if sound[0] == heard[0]:
        return 0.25
    return 0.75 if (sound[0] in _VOWELS) == (heard[0] in _VOWELS) else 1.5


def _timed(tokens: Sequence[str], said: Sequence[Phone], owners: Sequence[int]) -> list[Word]:
    """Return words from the first to the last of their phones; a silent word has no length."""
    timed: list[Word] = []
    at = said[0].start
    for number, token in enumerate(tokens):
        mine = [phone for phone, owner in zip(said, owners, strict=True) if owner == number]
        start, end = (mine[0].start, mine[-1].end) if mine else (at, at)
        timed.append(Word(token, start, end))
        at = end
    return timed
