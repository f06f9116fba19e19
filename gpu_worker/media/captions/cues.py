"""Split speech into short captions with times, for the picture and for SRT and VTT files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from gpu_worker.media.captions.text import (
    BREAK,
    HYPHEN,
    LONGEST_WORD,
    Piece,
    columns,
    is_unspaced,
    pieces,
    plain,
    shown,
)

LONGEST = 36
"""Columns of a group: two lines of a telephone held upright."""
FASTEST = 17.0
"""Columns a second that people read without haste."""
SHORTEST = 0.8
_PAUSE = 0.45
_LINGER = 0.25
_EARLY = 0.25
"""Seconds that hurried captions come before their first word, if nothing is shown then."""
_LATE = 0.2
"""Seconds that a caption may wait after its first word, if the one before it is hurried."""
_JOINED = 1.0
"""Seconds of quiet over which hurried groups are joined."""
_MOST_COMPARED = 2_000_000
"""Pairs of words up to which a script is compared with what was heard."""
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)」』]*+$")
_CLAUSE_END = re.compile(r"[,;:—–、，；：][\"'”’»)]*+$")
_ABBREVIATION = re.compile(
    r"(?:\(?)(?:[^\W\d]\.(?:[^\W\d]\.)*|\d{1,2}\."
    r"|(?:mr|mrs|ms|dr|prof|st|vs|no|fig|sr|jr|rev|gen|col|sgt|lt|capt|gov|sen|rep|hon|mt|ft|inc"
    r"|approx|dept|est|vol|pp|ed|cf|al|sra|srta|dra|dna|ud|uds|art|núm|pág|av|hr|fr|nr|bzw|ca|ggf"
    r"|evtl|inkl|usw|vgl|abs|str|tel|mme|mlle|mm|me|ste|env|sig|sigg|dott|ing|avv|av|exmo|ing|pt"
    r"|ул|г|гг|им|т|д|стр|руб|тыс|млн|млрд)\.)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word with its start and end in seconds."""

    text: str
    start: float
    end: float
    glued: bool = False
    """Whether it is written without a space before it."""

    def later(self, seconds: float) -> Word:
        return Word(self.text, self.start + seconds, self.end + seconds, self.glued)


@dataclass(frozen=True, slots=True)
class Cue:
    """A group of words shown together."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()

    def until(self, moment: float) -> Cue:
        """Return the same caption, which ends at this moment at the latest."""
        return Cue(self.start, max(self.start, min(self.end, moment)), self.text, self.words)


def words_of(text: str, spoken: Sequence[Word], seconds: float) -> list[Word]:
    """Return the words as the script writes them, at the times when they are heard.

    A voice may report bare words, other words (numbers that are spelled out) or none at
    all: what both have alike is an anchor, and the rest is spread between the anchors.
    """
    written = list(pieces(plain(text)))
    if not written:
        return list(spoken)
    if not spoken:
        return _spread(written, 0.0, seconds)
    if len(written) == len(spoken):
        return [
            Word(new.text, old.start, old.end, new.glued)
            for new, old in zip(written, spoken, strict=True)
        ]
    heard = [part for word in spoken for part in _parts(word)]
    if len(written) * len(heard) > _MOST_COMPARED:
        return _spread(written, heard[0].start, heard[-1].end)
    return _aligned(written, heard)


def _parts(word: Word) -> list[Word]:
    return _spread(list(pieces(word.text)), word.start, word.end)


def _aligned(written: Sequence[Piece], heard: Sequence[Word]) -> list[Word]:
    """Give each written piece the time of the same word heard, or a share of what lies between."""
    ours, theirs = ([_key(word.text) for word in row] for row in (written, heard))
    found: list[Word] = []
    for same, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if same == "equal":
            found += [
                Word(new.text, old.start, old.end, new.glued)
                for new, old in zip(written[a:b], heard[c:d], strict=True)
            ]
        elif b > a:
            at = found[-1].end if found else heard[0].start
            start, end = (heard[c].start, heard[d - 1].end) if d > c else (at, at)
            found += _spread(written[a:b], start, end)
    return found


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold() or text


def _spread(written: Sequence[Piece], start: float, end: float) -> list[Word]:
    letters = sum(columns(word.text) + 1 for word in written)
    words, at = [], start
    for word in written:
        until = at + (end - start) * (columns(word.text) + 1) / letters
        words.append(Word(word.text, at, until, word.glued))
        at = until
    return words


def cues(words: Sequence[Word], last: float) -> list[Cue]:
    """Return the captions of one scene; none is shown after `last`."""
    return timed([(group, last) for group in groups(words, last)])


def groups(words: Sequence[Word], last: float) -> list[list[Word]]:
    """Cut what one scene says into what is shown together."""
    short = _in_order(part for word in words for part in _cut(word))
    split = [group for sentence in _sentences(short) for group in _split(sentence)]
    joined: list[list[Word]] = []
    for index, group in enumerate(split):
        after = split[index + 1][0].start if index + 1 < len(split) else last
        if joined and _belong(joined[-1], group, after):
            joined[-1] = joined[-1] + group
        else:
            joined.append(group)
    return joined


def _in_order(words: Iterable[Word]) -> list[Word]:
    """Let no word begin before the one before it, as a long word that is heard at once would."""
    found: list[Word] = []
    for word in words:
        start = max(word.start, found[-1].start) if found else word.start
        found.append(replace(word, start=start, end=max(word.end, start)))
    return found


def _cut(word: Word) -> list[Word]:
    """Return a word in parts that fit a caption."""
    return [word] if columns(word.text) <= LONGEST_WORD else _parts(word)


def _belong(before: list[Word], group: list[Word], after: float) -> bool:
    """Return whether to join two groups, because one alone would be too short to read."""
    hurried = group[0].start - before[0].start < _need(before) or after - group[0].start < _need(
        group
    )
    near = group[0].start - before[-1].end < _JOINED
    return hurried and near and columns(_text([*before, *group])) <= LONGEST


def _need(group: Sequence[Word]) -> float:
    """Return the seconds it takes to read a group."""
    return max(SHORTEST, columns(_text(group)) / FASTEST)


def timed(row: Sequence[tuple[list[Word], float]]) -> list[Cue]:
    """Say when each group is shown; beside each stands the moment by which it must be gone.

    A group stays a little after its last word, and longer if it takes longer to read. If
    the next one comes too soon for that, it appears a little before its first word.
    """
    found: list[Cue] = []
    said = 0.0
    for index, (group, last) in enumerate(row):
        start, need = group[0].start, _need(group)
        after = min(row[index + 1][0][0].start, last) if index + 1 < len(row) else last
        if after - start < need:
            start = max(min(said, start), start - min(_EARLY, need - (after - start)))
        if found and found[-1].end > start:
            found[-1] = found[-1].until(start)
        end = min(max(group[-1].end + _LINGER, start + need), after)
        text = _text(group)
        if end > start and text:
            found.append(Cue(start, end, text, tuple(group)))
        said = max(said, group[-1].end)
    return _balanced([cue for cue in found if cue.end > cue.start])


def _balanced(found: list[Cue]) -> list[Cue]:
    """Give hurried captions time of their neighbours: they change a little off their words."""
    row = list(found)
    # The second pass hands on what a neighbour got in the first one.
    for number in [*range(1, len(row)), *range(len(row) - 1, 0, -1)]:
        before, after = row[number - 1], row[number]
        moment = _change(before, after)
        end = moment if moment > after.start else min(before.end, moment)
        row[number - 1 : number + 1] = replace(before, end=end), replace(after, start=moment)
    return row


def _change(before: Cue, after: Cue) -> float:
    """Return when to change from one caption to the next, so that neither is read in haste.

    If there is too little time for two that cannot be joined, it is shared by their length.
    """
    ours, theirs = _need(before.words), _need(after.words)
    enough, still_enough = before.start + ours, after.end - theirs
    fair = before.start + (after.end - before.start) * ours / (ours + theirs)
    wanted = after.start
    if still_enough < after.start:
        apart = columns(_text([*before.words, *after.words])) > LONGEST
        least = min(enough, fair) if apart else enough
        wanted = min(max(least, still_enough), after.start)
    if wanted == after.start and before.end < enough:
        wanted = max(min(enough, still_enough), after.start)
    spoken = after.words[0].start
    earliest, latest = min(spoken - _EARLY, after.start), max(spoken + _LATE, after.start)
    return min(max(wanted, earliest), latest)


def _text(group: Iterable[Word]) -> str:
    return shown(join(group))


def join(words: Iterable[Word]) -> str:
    """Join words to a line of text; scripts without spaces get none."""
    parts: list[str] = []
    for word in words:
        if parts and not is_tight(parts[-1], word):
            parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def is_tight(first: str, second: Word) -> bool:
    """Return whether two words are written without a space between them."""
    return second.glued or first.endswith((HYPHEN, BREAK)) or is_unspaced(first, second.text)


def _lengths(words: Sequence[Word]) -> list[int]:
    """Return the width of the line after each of its words."""
    lengths = [columns(words[0].text)]
    for before, word in pairwise(words):
        space = 0 if is_tight(before.text, word) else 1
        lengths.append(lengths[-1] + space + columns(word.text))
    return lengths


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    found: list[list[Word]] = []
    for word in words:
        if not word.text:
            continue
        before = found[-1][-1] if found else None
        if not before or _ends(before) or word.start - before.end > _PAUSE:
            found.append([])
        found[-1].append(word)
    return found


def _ends(word: Word) -> bool:
    """Return whether a sentence ends with this word."""
    return bool(_SENTENCE_END.search(word.text)) and not _ABBREVIATION.match(word.text)


def _split(words: list[Word]) -> list[list[Word]]:
    """Split a group that is too long in two, at a comma or a pause near the middle."""
    lengths = _lengths(words)
    total = lengths[-1]
    if total <= LONGEST or len(words) == 1:
        return [words]

    def cost(at: int) -> float:
        uneven = abs(lengths[at - 1] / total - 0.5)
        breath = min(words[at].start - words[at - 1].end, 0.3)
        comma = 0.2 if _CLAUSE_END.search(words[at - 1].text) else 0.0
        clinging = 0.15 if columns(words[at - 1].text) <= 3 else 0.0  # "the", "of", "and"
        clinging += 0.3 if _ABBREVIATION.match(words[at - 1].text) else 0.0  # "Dr. Smith"
        clinging += 0.1 if words[at].glued else 0.0
        clinging += 0.5 if not any(map(str.isalnum, words[at].text)) else 0.0  # a dash, emoji
        brief = min(words[at].start - words[0].start, words[-1].end - words[at].start) < SHORTEST
        return uneven - comma - breath + clinging + (0.3 if brief else 0.0)

    best = min(range(1, len(words)), key=cost)
    return _split(words[:best]) + _split(words[best:])


def srt(all_cues: Iterable[Cue]) -> str:
    """Format captions as SubRip text."""
    return "\n".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_srt_escaped(cue.text)}\n"
        for number, cue in enumerate(all_cues, 1)
    )


def vtt(all_cues: Iterable[Cue], language: str = "") -> str:
    """WebVTT text; its header names the language."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(cue.text)}\n"
        for cue in all_cues
    )
    header = f"WEBVTT\nKind: captions\nLanguage: {language}\n" if language else "WEBVTT\n"
    return "\n".join((header, *blocks))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _srt_escaped(text: str) -> str:
    """Escape text, and braces that players interpret as commands of SubStation Alpha."""
    return _escaped(text).replace("{\\", "{\u2060\\")


def _clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"
