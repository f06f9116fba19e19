"""Write numbers in a form that the front end of XTTS can put into words.

It supports no Hindi numbers, no Czech ordinals, only ASCII digits, and in some languages nothing
beyond a quintillion: other numbers raise an error or are omitted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_HINDI: Final = ("शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ")
_HINDI_POINT: Final = "दशमलव"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ORDINAL = re.compile(r"(\d)\.(?=\s|$)")


def sayable(text: str, language: str, put: Callable[[str], object]) -> str:
    """Return the text in a form that `put` (which puts numbers into words) accepts."""
    plain = "".join(map(_ascii, text))
    if language == "hi":
        return _NUMBER.sub(_in_hindi, plain)
    for form in (plain, _ORDINAL.sub(r"\1", plain)):
        try:
            put(form)
        except (NotImplementedError, OverflowError):
            continue
        return form
    return _NUMBER.sub(lambda number: " ".join(filter(str.isdigit, number[0])), plain)


def _ascii(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _in_hindi(number: re.Match[str]) -> str:
    """Write a number digit by digit: each number below a hundred has its own name in Hindi."""
    figures = number[0].replace(",", "")
    return " ".join(_HINDI_POINT if f == "." else _HINDI[int(f)] for f in figures)
