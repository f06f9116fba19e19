"""Read a text aloud: what is written, and what is said for it.

One pass in front of every voice, so that all of them say dates, amounts and addresses alike.
Captions go on showing what is written: each unit keeps its words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gpu_worker.speech.reading.languages import LANGUAGES
from gpu_worker.speech.reading.rule import Rule
from gpu_worker.speech.reading.rules import rules
from gpu_worker.speech.timings import Word
from tasks.domain.voices import primary

_PICTURES = re.compile(
    r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE00-\uFE0F\u200D\u20E3\U000E0000-\U000E007F]"
)

_SIGNS = {"٫": ".", "٬": ","}
"""Decimal and thousands signs between Arabic digits."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Some written words, and what is said for them; empty for what is silent."""

    written: str
    said: str


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    said: str


def read(text: str, language: str) -> list[Unit]:
    """Turn a text into units, in order; their written words are those of the text.

    >>> read("It is 5 km away.", "en")[2]
    Unit(written='5 km', said='five kilometers')
    """
    known = LANGUAGES.get(primary(language))
    pieces = _found(_with_plain_digits(text), rules(known, language) if known else ())
    return _with_silent(_units(text, pieces))


def _with_plain_digits(text: str) -> str:
    """Return a text of the same length whose digits and decimal signs are those of ASCII."""
    return "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else _SIGNS.get(sign, sign)
        for sign in text
    )


def said(units: Sequence[Unit]) -> str:
    """Return what is said for all units."""
    return " ".join(unit.said for unit in units if unit.said)


def as_written(units: Sequence[Unit], spoken: Sequence[Word]) -> list[Word]:
    """Give the times of what was said to the words that were written.

    A voice may run words together or take them apart, so letters are counted, not words.
    """
    times = [word for word in spoken for _ in _letters(word.text)]
    words: list[Word] = []
    at = 0
    for unit in units:
        letters = len(_letters(unit.said))
        mine = times[at : at + letters]
        at += letters
        if mine:
            words += _shared(unit, mine[0].start, mine[-1].end)
    return words


def _with_silent(units: Sequence[Unit]) -> list[Unit]:
    """Join what is silent (a dash, an emoji) to the words before it, or to the first ones."""
    joined: list[Unit] = []
    for unit in units:
        if joined and (_is_silent(unit.said) or _is_silent(joined[-1].said)):
            last = joined[-1]
            said_for = f"{last.said} {unit.said}".strip()
            joined[-1] = Unit(f"{last.written} {unit.written}", said_for)
        else:
            joined.append(unit)
    return joined


def _is_silent(text: str) -> bool:
    return not any(map(str.isalnum, text))


def _tokens(written: str) -> list[str]:
    """Split a text into words, each with the punctuation around it."""
    tokens: list[str] = []
    for token in written.split():
        if tokens and (_is_silent(token) or _is_silent(tokens[-1])):
            tokens[-1] += f" {token}"
        else:
            tokens.append(token)
    return tokens


def _shared(unit: Unit, start: float, end: float) -> list[Word]:
    """Share the time of a unit among its written words, by their letters."""
    tokens = _tokens(unit.written)
    whole = sum(map(len, tokens))
    words, at = [], start
    for token in tokens:
        until = at + (end - start) * len(token) / whole
        words.append(Word(token, round(at, 5), round(until, 5)))
        at = until
    words[-1] = replace(words[-1], end=end)
    return words


def _letters(text: str) -> list[str]:
    return [character for character in text if not character.isspace()]


def _found(text: str, applied: Sequence[Rule]) -> list[_Piece]:
    """Find what is read otherwise; where two rules match, the earlier one counts."""
    taken = bytearray(len(text))
    pieces = [_Piece(m.start(), m.end(), " ") for m in _PICTURES.finditer(text)]
    for piece in pieces:
        taken[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
    for pattern, reading in applied:
        for match in pattern.finditer(text):
            start, end = match.span()
            if start == end or any(taken[start:end]):
                continue
            said_for = reading(match)
            if said_for != match[0]:
                taken[start:end] = b"\1" * (end - start)
                pieces.append(_Piece(start, end, said_for))
    return sorted(pieces, key=lambda piece: piece.start)


def _units(text: str, pieces: Sequence[_Piece]) -> list[Unit]:
    """Join words that one piece covers."""
    units: list[Unit] = []
    first = number = 0
    start = until = -1
    for match in re.finditer(r"\S+", text):
        if match.start() >= until:
            if until > 0:
                units.append(_unit(text, start, until, pieces[first:number]))
            start, first = match.start(), number
        until = max(until, match.end())
        while number < len(pieces) and pieces[number].start < until:
            until = max(until, pieces[number].end)
            number += 1
    if until > 0:
        units.append(_unit(text, start, until, pieces[first:number]))
    return units


def _unit(text: str, start: int, end: int, pieces: Sequence[_Piece]) -> Unit:
    parts, at = [], start
    for piece in pieces:
        parts += [text[at : piece.start], piece.said]
        at = max(at, piece.end)
    parts.append(text[at:end])
    return Unit(" ".join(text[start:end].split()), " ".join("".join(parts).split()))
