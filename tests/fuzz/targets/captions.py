"""Captions: groups of words, SRT and WebVTT files, and lines that fit the picture.

Each line is a word: two bytes for its start, after that of the word before, and its length, in
hundredths of a second; then its text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, cast

from gpu_worker.media.captions.cues import LONGEST, Cue, Word, cues, srt, vtt, words_of
from gpu_worker.media.captions.text import columns, plain
from gpu_worker.media.captions.wrapping import wrap
from tasks.domain.splitter import clean

_CLOCK = r"\d{2,}:\d\d:\d\d[.,]\d{3}"
_TIMES = re.compile(f"{_CLOCK} --> {_CLOCK}")


class Font:
    """Letters as wide as a typical typeface has them; marks have no width."""

    def getlength(self, text: str) -> float:
        return float(sum(0 if letter > "\u0300" < "\u036f" else 10 for letter in text))


def check(data: bytes) -> None:
    words = _words(data)
    last = max((word.end for word in words), default=0.0) + 1.0
    found = cues(words, last)
    for cue in found:
        assert cue.start < cue.end <= last
        assert columns(cue.text) <= LONGEST + 1
    for before, after in pairwise(found):
        assert before.end <= after.start
    _check_files(found)
    for cue in found:
        _check_lines(cue.text)
    _check_spread(" ".join(word.text for word in words))


def _words(data: bytes) -> list[Word]:
    words: list[Word] = []
    at = 0.0
    for line in data.split(b"\n"):
        if len(line) < 2:
            continue
        at += line[0] / 100
        text = clean(line[2:].decode("utf-8", "surrogateescape"))
        words += [Word(one, at, at + line[1] / 100) for one in text.split()]
    return words


def _check_files(found: list[Cue]) -> None:
    """As many cues come out of a file as went in, and no text becomes part of its syntax."""
    blocks = vtt(found).split("\n\n")
    assert blocks[0].strip() == "WEBVTT"
    assert len(blocks) - 1 == len(found)
    for block in blocks[1:]:
        times, text = block.strip("\n").split("\n")
        _check_block(times, text)
    blocks = srt(found).split("\n\n") if found else []
    assert len(blocks) == len(found)
    for number, block in enumerate(blocks, 1):
        label, times, text = block.strip("\n").split("\n")
        assert label == str(number)
        _check_block(times, text)
        assert "{\\" not in text


def _check_block(times: str, text: str) -> None:
    assert _TIMES.fullmatch(times), times
    assert text.strip()
    assert not set("<>\r") & set(text)


def _check_lines(text: str, widest: int = 200) -> None:
    font = cast(Any, Font())
    lines = wrap(text, font, widest)
    assert _letters("".join(lines)) == _letters(text)
    for line in lines:
        assert font.getlength(line) <= widest or len(line) <= 2


def _check_spread(text: str) -> None:
    spread = words_of(text, [], 10.0)
    assert _letters("".join(word.text for word in spread)) == _letters(plain(text))
    assert all(0 <= word.start <= word.end <= 10.001 for word in spread)


def _letters(text: str) -> str:
    """All but spaces and the hyphens and marks of cuts."""
    return re.sub("[-\u00ad\u200b\\s]", "", text)
