"""The text of captions: without markup, and cut where lines and cues may be broken."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple

HYPHEN, BREAK = "\u00ad", "\u200b"
"""Where a word may be cut: with a hyphen (shown only there), or without one."""
LONGEST_WORD = 24
"""Columns of a word that is shown whole; a longer one is cut into parts of at most this."""

# All patterns match in linear time: users choose the text.
_TAG = re.compile(r"</?([A-Za-z][\w:.-]*)[^<>]*>|<[!?][^<>]*>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(
    r"(?<![\w*`~])(?:\*{1,3}|`{1,3}|~~)(?=\w)|(?<=[\w.,!?;:)])(?:\*{1,3}|`{1,3}|~~)(?![\w*`~])"
)
_UNDERSCORED = re.compile(r"(?<![\w])_{1,2}([^_\s][^_]*)_{1,2}(?![\w])")
_HEADING = re.compile(r"^#{1,6}\s+")
_PARTING = {"br", "p", "div", "li", "ul", "ol", "tr", "td", "hr", "break", "s", "speak", "voice"}

# Scripts that are written without spaces: Chinese, Japanese, and their punctuation.
_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff"
_OPENING = r"「『（《〈【〔［｛“‘"
_CLOSING = (
    r"。、，．！？；：」』）》〉】〕］｝”’…ー〜・々"
    r"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)
_UNSPACED = re.compile(f"[{_WIDE}]")
_PIECE = re.compile(
    f"[{_OPENING}]*(?![{_OPENING}])[{_WIDE}][{_CLOSING}]*|[{_OPENING}]+(?=[^{_WIDE}]|$)|[^{_WIDE}]+"
)
_LETTERS_WITH_CASE = re.compile(r"[A-Za-zÀ-ɏͰ-ϿЀ-ԯ]")
_ACCENTS = "".join(map(chr, range(0x300, 0x370)))
_VOWELS = set("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœαεηιουωάέήίόύώаеёиоуыэюяіїє")


class Piece(NamedTuple):
    """What is kept on one line; `glued` if it is written without a space before it."""

    text: str
    glued: bool


def plain(text: str) -> str:
    """Return the text as it is meant to be read: without HTML, SSML or Markdown.

    >>> plain("<speak>Tom &amp; **Ann**<break time='1s'/>say [hi](https://x.org).</speak>")
    'Tom & Ann say hi.'
    """
    # Twice, because a comment may have tags in it.
    text = _TAG.sub(_parting, _TAG.sub(_parting, text))
    text = _UNDERSCORED.sub(r"\1", _EMPHASIS.sub("", _LINK.sub(r"\1", text)))
    text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return " ".join(_HEADING.sub("", text.strip()).split())


def _parting(tag: re.Match[str]) -> str:
    return " " if (tag[1] or "").lower() in _PARTING else ""


def pieces(text: str) -> Iterator[Piece]:
    """Yield the words; of scripts without spaces the letters, with punctuation that clings."""
    for word in text.split():
        glued = False
        for part in _PIECE.findall(word) if _UNSPACED.search(word) else (word,):
            for cut in cuts(part, LONGEST_WORD):
                yield Piece(cut, glued)
                glued = True


def cuts(word: str, most: float, measure: Callable[[str], float] | None = None) -> list[str]:
    """Cut a word into parts at most so wide (columns), each but the last ending in a mark."""
    measure = measure or columns
    if measure(word) <= most:
        return [word]
    widths = {letter: measure(letter) for letter in set(word)}
    ends = list(accumulate(widths[letter] for letter in word))
    hyphen = measure("-")
    good = _places(word)
    parts: list[str] = []
    begun = 0
    while ends[-1] - (ends[begun - 1] if begun else 0) > most:
        room = (ends[begun - 1] if begun else 0) + most - hyphen
        end = max(begun + 1, bisect_right(ends, room))
        # An accent stays with its letter, and no part has a single letter.
        while end > begun + 1 and not columns(word[end : end + 1] or "x"):
            end -= 1
        end = min(end, max(len(word) - 2, begun + 1))
        at = bisect_right(good, end) - 1
        best = good[at] if at >= 0 and good[at] - begun > (end - begun) / 2 else end
        parts.append(word[begun:best] + _mark(word, best))
        begun = best
    return [*parts, word[begun:]] if begun < len(word) else parts


def _places(word: str) -> list[int]:
    """Return where a word is cut best: after a mark, or before a consonant with its vowel."""
    low = word.lower()
    if len(low) != len(word):
        low = word
    found = []
    address = _is_address(word)
    for at in range(1, len(low)):
        before, here, after = low[at - 1], low[at], low[at + 1 : at + 2]
        if before in "-/._?&=@–—":
            found.append(at)
        elif address:
            continue
        elif here.isalpha() and here not in _VOWELS and after in _VOWELS and before.isalpha():
            found.append(at)
    return found


def _mark(word: str, at: int) -> str:
    """Return the mark for a cut: a hyphen only between letters that are written with one."""
    if _is_address(word) or not _LETTERS_WITH_CASE.match(word[at : at + 1]):
        return BREAK
    accents = len(word[:at]) - len(word[max(0, at - 8) : at].rstrip(_ACCENTS)) - max(0, at - 8)
    return HYPHEN if _LETTERS_WITH_CASE.match(word[at - 1 - accents]) else BREAK


def _is_address(word: str) -> bool:
    return "://" in word[:12] or "@" in word[:64] or word[:4] == "www."


def shown(text: str) -> str:
    """Return a line as it is written: a hyphen where a word is cut, other marks gone.

    >>> shown("Donau\u00addampf\u00ad")
    'Donaudampf-'
    """
    end = "-" if text.endswith(HYPHEN) else ""
    return text.replace(HYPHEN, "").replace(BREAK, "") + end


def is_unspaced(first: str, second: str) -> bool:
    """Return whether two neighbours are of a script that is written without spaces."""
    return bool(_UNSPACED.match(first[-1:]) and _UNSPACED.match(second[:1]))


def columns(text: str) -> int:
    """Return the width of a text in columns: a Chinese letter takes two, an accent none."""
    return sum(map(_column, text))


@cache
def _column(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
