"""What is said, cut into short groups with times: for the picture and for SRT and VTT files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LONGEST = 36
"""Letters of a group: two lines of a telephone held upright."""
_PAUSE = 0.45
_LINGER = 0.25
_SHORTEST = 0.8
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*+$")
_CLAUSE_END = re.compile(r"[,;:—–、，；：][\"'”’»)]*+$")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word and when it is heard, in seconds."""

    text: str
    start: float
    end: float

    def later(self, seconds: float) -> Word:
        return Word(self.text, self.start + seconds, self.end + seconds)


@dataclass(frozen=True, slots=True)
class Cue:
    """A group of words shown together."""

    start: float
    end: float
    text: str

    def until(self, moment: float) -> Cue:
        """The same, gone by then."""
        return Cue(self.start, max(self.start, min(self.end, moment)), self.text)


def words_of(text: str, spoken: Sequence[Word], seconds: float) -> list[Word]:
    """The words with the spelling of the script where it can be told which is which.

    A voice may report bare words; the script has the commas and capitals. Without
    any reported word the text is spread over the speech by its letters.
    """
    written = text.split()
    if not spoken:
        return _spread(written, seconds)
    if len(written) == len(spoken):
        return [Word(new, old.start, old.end) for new, old in zip(written, spoken, strict=True)]
    return list(spoken)


def _spread(written: Sequence[str], seconds: float) -> list[Word]:
    letters = sum(len(word) + 1 for word in written)
    words, at = [], 0.0
    for word in written:
        end = at + seconds * (len(word) + 1) / letters
        words.append(Word(word, at, end))
        at = end
    return words


def cues(words: Sequence[Word], last: float) -> list[Cue]:
    """The groups of one scene, none shown after `last`."""
    groups = [group for sentence in _sentences(words) for group in _split(sentence)]
    found = []
    for index, group in enumerate(groups):
        after = groups[index + 1][0].start if index + 1 < len(groups) else last
        wanted = max(group[-1].end + _LINGER, group[0].start + _SHORTEST)
        found.append(Cue(group[0].start, max(min(wanted, after), group[0].start), join(group)))
    return [cue for cue in found if cue.end > cue.start]


def join(words: Iterable[Word]) -> str:
    """Words as a line of text; scripts without spaces get none."""
    parts: list[str] = []
    for word in words:
        if parts and not is_tight(parts[-1], word.text):
            parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def is_tight(first: str, second: str) -> bool:
    """Whether two neighbours are written without a space between them."""
    return bool(_UNSPACED.match(first[-1:]) and _UNSPACED.match(second[:1]))


def _lengths(words: Sequence[Word]) -> list[int]:
    """How long the line is after each of its words."""
    lengths = [len(words[0].text)]
    for before, word in pairwise(words):
        space = 0 if is_tight(before.text, word.text) else 1
        lengths.append(lengths[-1] + space + len(word.text))
    return lengths


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    found: list[list[Word]] = []
    for word in words:
        if not word.text:
            continue
        before = found[-1][-1] if found else None
        if not before or _SENTENCE_END.search(before.text) or word.start - before.end > _PAUSE:
            found.append([])
        found[-1].append(word)
    return found


def _split(words: list[Word]) -> list[list[Word]]:
    """Halve what is too long, rather at a comma or a breath than in the exact middle."""
    lengths = _lengths(words)
    total = lengths[-1]
    if total <= LONGEST or len(words) == 1:
        return [words]

    def cost(at: int) -> float:
        uneven = abs(lengths[at - 1] / total - 0.5)
        breath = min(words[at].start - words[at - 1].end, 0.3)
        comma = 0.2 if _CLAUSE_END.search(words[at - 1].text) else 0.0
        clinging = 0.15 if len(words[at - 1].text) <= 3 else 0.0  # "the", "of", "and"
        return uneven - comma - breath + clinging

    best = min(range(1, len(words)), key=cost)
    return _split(words[:best]) + _split(words[best:])


def srt(all_cues: Iterable[Cue]) -> str:
    """SubRip text."""
    return "\n".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_srt_escaped(cue.text)}\n"
        for number, cue in enumerate(all_cues, 1)
    )


def vtt(all_cues: Iterable[Cue]) -> str:
    """WebVTT text."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(cue.text)}\n"
        for cue in all_cues
    )
    return "\n".join(("WEBVTT\n", *blocks))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _srt_escaped(text: str) -> str:
    """The same, and no braces that players take for commands of SubStation Alpha."""
    return _escaped(text).replace("{\\", "{\u2060\\")


def _clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"
