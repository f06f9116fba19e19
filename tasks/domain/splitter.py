"""Split a text into scenes, at sentences and clauses.

The number of scenes must be known when the chord is built, so a given text is split before
anything runs. A text that an engine writes for a topic is merged or split to the number of
scenes in the plan.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Final, NamedTuple

from tasks.domain.markup import strip_markup
from tasks.domain.screenplay import Scene

# Measured on the default voice: estimates use its mean pace, limits its slowest sentence.
WORDS_PER_SECOND = 3.2
SLOWEST_WORDS_PER_SECOND = 2.6
LONGEST_SCENE_SECONDS = 12.0
LONGEST_SCENE_WORDS = int(LONGEST_SCENE_SECONDS * SLOWEST_WORDS_PER_SECOND)
SHORTEST_SCENE_WORDS = 4
# The rest after a scene, besides the short silence at the ends of each.
PARAGRAPH_SECONDS = 0.7
SENTENCE_SECONDS = 0.25
CLAUSE_SECONDS = 0.05

# Every pattern matches in linear time, because users choose the text. A run of marks is tried
# from its first mark only, without backtracking.
_SPACE = re.compile(r"\s+")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|No|Fig|\w)\.$")
_LONGEST_ABBREVIATION = len("Prof.") + 1
_SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s+|[。！？]++[」』）]*+\s*",
)
_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]」』）]*+$")
_PARAGRAPH = re.compile(r"\n[ \t\u00a0]*\n\s*")
_MARK_LINE = re.compile(r"(?m)^[ \t\u00a0]*+-{3,}+[ \t\u00a0]*+$")
MARK: Final = "---"
"""A line of hyphens: the user decides where scenes end."""
_BREATH = re.compile(
    r"[,;:–—.!?…][\"'”’»)\]]*+\s+|\s(?=[–—]\s)|[，、；：。！？]++[」』）]*+\s*",
)
_WIDE = re.compile(r"[\u2e80-\uabff\ud7a4-\U0010ffff]")
# Joiners shape letters and emoji; other format characters do not affect speech.
_JOINERS = "\u200c\u200d"
_LETTERS_PER_WORD = 12


def clean(text: str) -> str:
    """Return the text as one line without markup, control characters and double spaces.

    >>> clean("Hello\\n   there.\\n---\\nFriend.")
    'Hello there. Friend.'
    """
    paragraphs = clean_paragraphs(text).split("\n\n")
    return " ".join(part for part in paragraphs if not _is_mark(part))


def clean_paragraphs(text: str) -> str:
    """Return the text with each paragraph on one line, and an empty line between two.

    A mark between scenes is a paragraph of its own.

    >>> clean_paragraphs("One\\nline.\\n \\n\\nAnother.\\n----\\nThird.")
    'One line.\\n\\nAnother.\\n\\n---\\n\\nThird.'
    """
    marked = _MARK_LINE.sub(f"\n\n{MARK}\n\n", strip_markup(text))
    paragraphs = map(_one_line, _PARAGRAPH.split(marked))
    return "\n\n".join(MARK if _is_mark(part) else part for part in paragraphs if part)


def _one_line(text: str) -> str:
    text = strip_markup(text)
    printable = text if text.isprintable() else "".join(map(_printable, text))
    return _SPACE.sub(" ", printable).strip()


def _is_mark(paragraph: str) -> bool:
    return len(paragraph) >= len(MARK) and not paragraph.strip("-")


def estimate_seconds(text: str) -> float:
    """Estimate how long it takes to speak the text."""
    return round(max(0.6, _words(text) / WORDS_PER_SECOND), 2)


def split(text: str) -> tuple[Scene, ...]:
    """Split a text into scenes of limited length, in order; an empty line ends a paragraph.

    If the text has marks, each part between two of them is a scene, unless it is too long for one.
    """
    paragraphs = clean_paragraphs(text).split("\n\n")
    if any(map(_is_mark, paragraphs)):
        return as_scenes(_marked(paragraphs))
    pieces: list[str] = []
    ends: set[int] = set()
    for paragraph in paragraphs:
        pieces += _join_short(_spoken_parts(paragraph))
        ends.add(len(pieces))
    groups = _groups(pieces, _is_short)  # a paragraph of a word or two does not become a scene
    last = accumulate(map(len, groups))
    return as_scenes(list(map(_joined, groups)), [number in ends for number in last])


def part_sizes(text: str) -> list[int]:
    """Return how many scenes each part between two marks becomes; without marks, each is one.

    >>> part_sizes("One.\\n---\\nTwo.")
    [1, 1]
    """
    paragraphs = clean_paragraphs(text).split("\n\n")
    if not any(map(_is_mark, paragraphs)):
        return [1] * len(split(text))
    parts = (list(between) for is_mark, between in groupby(paragraphs, _is_mark) if not is_mark)
    return [len(_marked(part)) for part in parts]


def _marked(paragraphs: Iterable[str]) -> list[str]:
    """Return the parts between the marks; what is too long for a scene fills several."""
    pieces: list[str] = []
    for is_mark, between in groupby(paragraphs, _is_mark):
        if not is_mark:
            parts = [part for paragraph in between for part in _spoken_parts(paragraph)]
            pieces += _packed(parts, lambda _before, _part: True)
    return pieces


def _spoken_parts(paragraph: str) -> list[str]:
    """Split a paragraph into sentences, and long ones at their breaths."""
    return [part for sentence in _sentences(paragraph) for part in _breaths(sentence)]


def split_to(text: str, count: int) -> tuple[Scene, ...]:
    """Merge or split a text into exactly `count` scenes."""
    scenes = split(text)
    if len(scenes) == count:
        return scenes
    pieces = [scene.text for scene in scenes] or [clean(text)]
    sizes = [(_words(piece), len(piece)) for piece in pieces]
    while len(pieces) < count:
        at = max(range(len(sizes)), key=sizes.__getitem__)
        halves = _halves(pieces[at])
        pieces[at : at + 1] = halves
        sizes[at : at + 1] = [(_words(half), len(half)) for half in halves]
    return as_scenes(_merged(pieces, count))


def as_scenes(pieces: Sequence[str], paragraphs: Sequence[bool] = ()) -> tuple[Scene, ...]:
    """Make a scene of each piece; `paragraphs` says which of them end one."""
    ends = paragraphs or [False] * len(pieces)
    rests = [_rest(text, end) for text, end in zip(pieces, ends, strict=True)]
    rests[-1:] = [0.0] * len(rests[-1:])
    return tuple(
        Scene(i, text, estimate_seconds(text), rest)
        for i, (text, rest) in enumerate(zip(pieces, rests, strict=True))
    )


def _rest(text: str, ends_paragraph: bool) -> float:
    """Return how long the speaker rests after a scene, in seconds."""
    if ends_paragraph:
        return PARAGRAPH_SECONDS
    return SENTENCE_SECONDS if _ENDS_SENTENCE.search(text[-4:]) else CLAUSE_SECONDS


def sentences(text: str) -> list[str]:
    """Split a text into its sentences; abbreviations end none.

    >>> sentences("Dr. Lee came. Who? J. Doe.")
    ['Dr. Lee came.', 'Who?', 'J. Doe.']
    """
    return _sentences(clean(text))


def _printable(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def _is_wide(character: str) -> bool:
    """Return whether a character belongs to a script without spaces (Korean has spaces)."""
    return character >= "\u2e80" and not "\uac00" <= character <= "\ud7a3"


def _words(text: str) -> int:
    """Count words as spoken: digits and the pieces of a very long word count as words."""
    return sum(_count(token).words for token in text.split())


def _is_long(text: str) -> bool:
    """Return whether a text has too many words for a scene, without counting all of them."""
    counted = accumulate(_count(token).words for token in text.split())
    return any(words > LONGEST_SCENE_WORDS for words in counted)


class _Count(NamedTuple):
    """Counts of the characters of a token, or of two joined tokens."""

    digits: int
    wide: int
    letters: int

    @property
    def words(self) -> int:
        return max(1, self.digits + self.wide // 2 + self.letters // _LETTERS_PER_WORD)

    def with_(self, other: _Count) -> _Count:
        return _Count(
            self.digits + other.digits, self.wide + other.wide, self.letters + other.letters
        )


def _count(token: str) -> _Count:
    digits = 0 if token.isalpha() else sum(map(str.isdigit, token))
    wide = 0 if token.isascii() else len(token) - len(_WIDE.sub("", token))
    return _Count(digits, wide, len(token) - digits - wide)


def _tight(first: str, second: str) -> bool:
    """Return whether two pieces are written without a space between them."""
    return _is_wide(first[-1:]) and _is_wide(second[:1])


def _joined(pieces: Sequence[str]) -> str:
    """Join pieces to one text, with spaces if their script has them."""
    parts = [pieces[0]]
    for before, piece in pairwise(pieces):
        parts += (piece,) if _tight(before, piece) else (" ", piece)
    return "".join(parts)


class _Run:
    """Joined pieces and their number of words, which is kept up to date."""

    def __init__(self, piece: str) -> None:
        counts = [_count(token) for token in piece.split()]
        self.pieces = [piece]
        self.words = sum(count.words for count in counts)
        self._head, self._tail = counts[0], counts[-1]
        self._whole = len(counts) == 1

    def fits(self, other: _Run) -> bool:
        return self._words_with(other) <= LONGEST_SCENE_WORDS

    def append(self, other: _Run) -> None:
        self.words = self._words_with(other)
        grows = other._whole and self._touches(other)
        self._tail = self._tail.with_(other._tail) if grows else other._tail
        self.pieces += other.pieces

    def _words_with(self, other: _Run) -> int:
        words = self.words + other.words
        if not self._touches(other):
            return words
        first, second = self._tail, other._head
        return words - first.words - second.words + first.with_(second).words

    def _touches(self, other: _Run) -> bool:
        return _tight(self.pieces[-1], other.pieces[0])


def _packed(pieces: Iterable[str], wanted: Callable[[_Run, _Run], bool]) -> list[str]:
    return list(map(_joined, _groups(pieces, wanted)))


def _groups(pieces: Iterable[str], wanted: Callable[[_Run, _Run], bool]) -> list[list[str]]:
    """Group neighbouring pieces if `wanted` says so and they fit into one scene."""
    runs: list[_Run] = []
    for run in map(_Run, pieces):
        if runs and wanted(runs[-1], run) and runs[-1].fits(run):
            runs[-1].append(run)
        else:
            runs.append(run)
    return [run.pieces for run in runs]


def _cut(text: str, pattern: re.Pattern[str]) -> list[str]:
    edges = [0, *(match.end() for match in pattern.finditer(text)), len(text)]
    return [piece for a, b in pairwise(edges) if (piece := text[a:b].strip())]


def _sentences(text: str) -> list[str]:
    sentences: list[list[str]] = []
    for piece in _cut(text, _SENTENCE_END):
        if sentences and (_is_abbreviated(sentences[-1][-1]) or piece[0].islower()):
            sentences[-1].append(piece)
        else:
            sentences.append([piece])
    return list(map(_joined, sentences))


def _is_abbreviated(piece: str) -> bool:
    """Return whether the last full stop belongs to an abbreviation or an initial."""
    return _ABBREVIATION.search(piece[-_LONGEST_ABBREVIATION:]) is not None


def _breaths(sentence: str) -> list[str]:
    """Split a long sentence at its commas or, without commas, between words."""
    if not _is_long(sentence):
        return [sentence]
    parts = _packed(_cut(sentence, _BREATH), lambda _before, _clause: True)
    return [piece for part in parts for piece in _between_words(part)]


def _between_words(text: str) -> list[str]:
    if not _is_long(text):
        return [text]
    first, second = _halves(text)
    return [*_between_words(first), *_between_words(second)]


def _halves(text: str) -> list[str]:
    """Split a text into two parts of similar length: between clauses, words or letters."""
    clauses = _cut(text, _BREATH)
    pieces = clauses if len(clauses) > 1 else text.split()
    if len(pieces) > 1:
        return _merged(pieces, 2)
    middle = len(text) // 2
    # A single letter cannot be split; speaking it twice is better than not at all.
    return [text[:middle] or text, text[middle:] or text]


def _merged(pieces: Sequence[str], count: int) -> list[str]:
    """Join neighbouring pieces to `count` pieces of similar length."""
    if count == len(pieces):
        return list(pieces)
    if count <= 1:
        return [_joined(pieces)]
    left = count // 2
    lengths = list(accumulate(map(len, pieces), initial=0))
    share = lengths[-1] * left / count
    least, most = left, len(pieces) - (count - left)
    beyond = bisect_left(lengths, share, least, most)
    cut = min(max(beyond - 1, least), beyond, key=lambda at: abs(lengths[at] - share))
    return [*_merged(pieces[:cut], left), *_merged(pieces[cut:], count - left)]


def _join_short(pieces: list[str]) -> list[str]:
    """Join very short pieces ("Yes.") with their neighbours."""
    return _packed(pieces, _is_short)


def _is_short(before: _Run, piece: _Run) -> bool:
    return min(before.words, piece.words) < SHORTEST_SCENE_WORDS
