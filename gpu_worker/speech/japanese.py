"""Convert Japanese to the symbols that Kokoro was trained on, with the help of `pyopenjtalk`.

Its dictionary gives the pronunciation of each word in katakana: also of numbers with their
counters, dates, units and well-known foreign words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

_ROWS: Final = {
    **{"アイウエオ": "a i ɯ e o", "カキクケコ": "ka kʲi kɯ ke ko", "ガギグゲゴ": "ɡa ɡʲi ɡɯ ɡe ɡo"},
    **{"サシスセソ": "sa ɕi sɨ se so", "ザジズゼゾ": "ʣa ʥi zɨ ʣe ʣo"},
    **{"タチツテト": "ta ʨi ʦɨ te to", "ダヂヅデド": "da ʥi zɨ de do"},
    **{"ナニヌネノ": "na ɲi nɯ ne no", "ハヒフヘホ": "ha çi ɸɯ he ho"},
    **{"バビブベボ": "ba bʲi bɯ be bo", "パピプペポ": "pa pʲi pɯ pe po"},
    **{"マミムメモ": "ma mʲi mɯ me mo", "ヤユヨ": "ja jɯ jo", "ラリルレロ": "ɾa ɾʲi ɾɯ ɾe ɾo"},
    **{"ワヰヱヲヴ": "βa i e o vɯ", "ァィゥェォ": "a i ɯ e o", "ャュョヮ": "ja jɯ jo βa"},
}
_KANA: Final = {
    kana: symbols
    for row, said in _ROWS.items()
    for kana, symbols in zip(row, said.split(), strict=True)
}
_GLIDES: Final = {"ャ": "a", "ュ": "ɨ", "ョ": "o", "ェ": "e"}
"""Small letters after a consonant with `i`, and the vowel that takes its place."""
_VOWELS: Final = {
    "ァ": "a",
    "ィ": "ʲi",
    "ゥ": "ɯ",
    "ェ": "e",
    "ォ": "o",
    "ュ": "ʲɨ",
    "ョ": "ʲo",
    "ャ": "ʲa",
}
"""Small letters after another consonant, as in borrowed words."""
_ROUNDED: Final = {"ク": "kᵝ", "グ": "ɡᵝ", "ウ": "β"}
_LONG: Final = "ー"
_MARKS: Final = {
    **{
        "、": ",",
        "，": ",",
        "。": ".",
        "．": ".",
        "？": "?",
        "！": "!",
        "：": ":",
        "；": ";",
        "…": "…",
    },
    **{",": ",", ".": ".", "?": "?", "!": "!", ":": ":", ";": ";"},
}
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z']*")
_UNKNOWN: Final = "フィラー"
"""The part of speech of a word in Latin letters that the dictionary would spell out."""


def phonemes(text: str, foreign: Callable[[str], str]) -> str:
    """Return a text in the symbols of Kokoro; `foreign` says how a Latin word is read.

    Spaces separate words, as in the text that the model was trained on.

    >>> phonemes("今日は、いい天気ですね。", str)
    'kʲoː βa, ii teŋkʲi desɨ ne.'
    """
    import pyopenjtalk

    nodes = pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False)
    said = " ".join(filter(None, (_symbols(node, foreign) for node in nodes)))
    return re.sub(r" (?=[,.?!:;…])", "", said)


def in_symbols(pronunciation: str) -> str:
    """Convert one pronunciation in katakana.

    >>> in_symbols("キョーシツ"), in_symbols("サンポ"), in_symbols("ガッコー")
    ('kʲoːɕiʦɨ', 'sampo', 'ɡaʔkoː')
    """
    said: list[str] = []
    for at, kana in enumerate(pronunciation):
        before = pronunciation[at - 1] if at else ""
        if kana == _LONG:
            said.append("ː")
        elif kana == "ッ":
            said.append("ʔ")
        elif kana == "ン":
            said.append(_nasal(_KANA.get(pronunciation[at + 1 : at + 2], "")))
        elif said and (changed := _combined(before, kana, said[-1])):
            said[-1] = changed
        else:
            said.append(_KANA.get(kana, ""))
    return "".join(said)


def _symbols(node: Mapping[str, Any], foreign: Callable[[str], str]) -> str:
    """Return the symbols of one word or mark of a text."""
    if node["pos"] == "記号":
        return _MARKS.get(node["string"], "")
    written = unicodedata.normalize("NFKC", node["string"])
    if node["pos"] == _UNKNOWN and _LATIN.fullmatch(written) and not written.isupper():
        return foreign(written)
    return in_symbols(node["pron"].replace("’", ""))


def _combined(before: str, small: str, said: str) -> str:
    """Return the symbols of a letter and the small one after it; empty if they do not combine."""
    if small in _GLIDES and said.endswith("i") and len(said) > 1:
        return said[:-1] + _GLIDES[small]
    if small in "ァィェォ" and before in _ROUNDED:
        return _ROUNDED[before] + _VOWELS[small].removeprefix("ʲ")
    if small in _VOWELS and len(said) > 1 and before in "ツテデトドフヴシジチ":
        return said[:-1] + _VOWELS[small]
    return ""


def _nasal(after: str) -> str:
    """Return the sound of `ン` before a syllable."""
    for starts, said in (("mpb", "m"), ("kɡ", "ŋ"), ("ɲʨʥ", "ɲ"), ("ntdɾz", "n")):
        if after[:1] and after[0] in starts:
            return said
    return "ɴ"
