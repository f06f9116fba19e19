"""Convert Chinese to the symbols that Kokoro was trained on, with the help of `pypinyin`."""

from __future__ import annotations

import re
from typing import Final

_INITIALS: Final = {
    **{"b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l"},
    **{"g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "r": "ɻ", "": ""},
    **{"zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "z": "ʦ", "c": "ʦʰ", "s": "s"},
}
# The part of a syllable before its tone mark, and the part after it.
_FINALS: Final = {
    **{"a": ("a", ""), "o": ("wo", ""), "e": ("ɤ", ""), "ai": ("ai", ""), "ei": ("ei", "")},
    **{"ao": ("au", ""), "ou": ("ou", ""), "an": ("a", "n"), "en": ("ə", "n"), "er": ("ɚ", "")},
    **{"ang": ("a", "ŋ"), "eng": ("ə", "ŋ"), "ong": ("ʊ", "ŋ"), "i": ("i", ""), "ê": ("ɛ", "")},
    **{"ia": ("ja", ""), "ie": ("je", ""), "iao": ("jau", ""), "iou": ("jou", "")},
    **{"ian": ("jɛ", "n"), "in": ("i", "n"), "iang": ("ja", "ŋ"), "ing": ("i", "ŋ")},
    **{"iong": ("jʊ", "ŋ"), "u": ("u", ""), "ua": ("wa", ""), "uo": ("wo", "")},
    **{"uai": ("wai", ""), "uei": ("wei", ""), "uan": ("wa", "n"), "uen": ("wə", "n")},
    **{"uang": ("wa", "ŋ"), "ueng": ("wə", "ŋ"), "v": ("y", ""), "ve": ("ɥe", "")},
    **{"van": ("ɥɛ", "n"), "vn": ("y", "n")},
}
_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_BUZZING: Final = frozenset(("zh", "ch", "sh", "r", "z", "c", "s"))
"""Initials after which `i` stands for the vowel `ɨ`."""
_MARKS: Final = str.maketrans("，。？！、；：", ",.?!,;:")
_NUMBER: Final = re.compile(r"\d{1,8}")
_DIGITS: Final = "零一二三四五六七八九"


def phonemes(text: str) -> str:
    """Return a text in the symbols of Kokoro; letters that are not Chinese are omitted.

    >>> phonemes("你好。")
    'ni↓xau↓.'
    """
    from pypinyin import Style, lazy_pinyin

    written = _NUMBER.sub(lambda number: in_characters(number[0]), text)
    starts = lazy_pinyin(written, style=Style.INITIALS, strict=True)
    ends = lazy_pinyin(written, style=Style.FINALS_TONE3, strict=True, neutral_tone_with_five=True)
    said = (_syllable(start, end) for start, end in zip(starts, ends, strict=True))
    return "".join(said).strip()


def in_characters(digits: str) -> str:
    """Write a number in characters; one with a leading zero, or a year, digit by digit.

    >>> in_characters("42"), in_characters("10"), in_characters("2026"), in_characters("305")
    ('四十二', '十', '二零二六', '三百零五')
    """
    number = int(digits)
    if digits[0] == "0" or 1900 <= number <= 2099:
        return "".join(_DIGITS[int(digit)] for digit in digits)
    high, low = divmod(number, 10_000)
    if high:
        gap = "零" if 0 < low < 1000 else ""
        return f"{in_thousands(high)}万{gap}{in_thousands(low) if low else ''}"
    return in_thousands(low)


def in_thousands(number: int) -> str:
    written, skipped = "", False
    for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // value % 10
        if digit:
            written += ("零" if skipped and written else "") + _DIGITS[digit] + name
        skipped = not digit
    return written.removeprefix("一") if written.startswith("一十") else written


def _syllable(start: str, end: str) -> str:
    final = _FINALS.get(end[:-1])
    if final is None or end[-1] not in _TONES:
        marks = end.translate(_MARKS)
        return "".join(
            f"{mark} " if mark in ",;:" else mark for mark in marks if mark in ",.?!;:… "
        )
    vowel, coda = final
    if end[:-1] == "i" and start in _BUZZING:
        vowel = "ɨ"
    return f"{_INITIALS.get(start, '')}{vowel}{_TONES[end[-1]]}{coda}"
