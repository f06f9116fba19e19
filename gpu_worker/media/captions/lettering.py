"""Draw captions and the label as pictures, so that any build of ffmpeg can overlay them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gpu_worker.media.captions import fonts, placement
from gpu_worker.media.captions.cues import Cue
from gpu_worker.media.captions.fonts import Typeface
from gpu_worker.media.captions.placement import Face
from gpu_worker.media.captions.text import BREAK, HYPHEN, shown
from gpu_worker.media.captions.wrapping import Line, joined, line_text, lines_of, parts_of
from gpu_worker.media.framing import Frame, Layer

if TYPE_CHECKING:
    from PIL.Image import Image

LABEL = "AI-generated"
SIZES = {"small": 0.8, "medium": 1.0, "large": 1.25}
_TEXT_SIZE = 0.068
"""Share of the shorter side: 49 pixels of 720, about 4 mm high on a phone."""
_LABEL_SIZE, _LABEL_MARGIN = 0.034, 0.04
_SHRUNK = (1.0, 0.88, 0.76, 0.66, 0.55)
"""Sizes to try, if a word is wider than a line or captions would cover the face."""
_LEAST = 0.75
_WIDEST = 0.86
_LEADING = 1.18
_MOST_LINES = 3
_WHITE, _DARK, _BOX = (255, 255, 255, 255), (12, 12, 14, 255), (10, 10, 12, 168)
_SPOKEN = (255, 214, 64, 255)
"""The colour of the word that is heard, in the style `words`."""


@dataclass(frozen=True, slots=True)
class Look:
    """The style of captions, and the face that they must not cover."""

    style: str = "plain"
    size: str = "medium"
    position: str = "auto"
    language: str = ""
    face: Face | None = None
    label: bool = False


NOTHING = "caption-none.png"
"""The picture that is shown between captions, as large as each of them."""


class Unwritable(Exception):
    """No font at hand has some of the letters."""

    def __init__(self, letters: Sequence[str]) -> None:
        super().__init__("".join(letters[:12]))


def captions(
    cues: Sequence[Cue], frame: Frame, rate: Fraction, folder: Path, look: Look | None = None
) -> Layer:
    """Draw all captions as one layer: a list of strips with their times."""
    look = look or Look()
    block = _fitted(cues, frame, look)
    shown_strips: list[tuple[str, float, float]] = []
    for number, (cue, lines) in enumerate(zip(cues, block.cues, strict=True)):
        strip = _Strip(lines, block.face, frame.width, block.height)
        for part, (spoken, start, end) in enumerate(_moments(cue, look.style)):
            name = f"caption-{number:04}-{part:02}.png" if part else f"caption-{number:04}.png"
            strip.draw(look.style, spoken).save(folder / name, compress_level=1)
            shown_strips.append((name, start, end))
    _clear(frame.width, block.height).save(folder / NOTHING)
    listing = folder / "captions.ffconcat"
    strips = _framed(shown_strips, rate)
    listing.write_text(_listing(strips, rate), "utf-8")
    return Layer(listing, 0, block.top, {"f": "concat", "safe": 0}, strips)


def part_of(layer: Layer, first: int, frames: int, rate: Fraction, listing: Path) -> Layer | None:
    """Return what a layer of captions shows in some frames; None: nothing.

    The new list of strips is written beside the old one, where the pictures are.
    """
    shown: list[tuple[str, int]] = []
    at = 0
    for name, count in layer.strips:
        begin, end = max(at, first), min(at + count, first + frames)
        if end > begin:
            shown.append((name, end - begin))
        at += count
    if all(name == NOTHING for name, _ in shown):
        return None
    listing.write_text(_listing(shown, rate), "utf-8")
    return replace(layer, source=listing, strips=tuple(shown))


class _Row(NamedTuple):
    """A line and its place."""

    line: Line
    text: str
    left: float
    baseline: int


class _Block(NamedTuple):
    """All captions at one size, in one place."""

    face: Typeface
    cues: list[list[Line]]
    height: int
    top: int


def _fitted(cues: Sequence[Cue], frame: Frame, look: Look) -> _Block:
    """Return the largest block that cuts no word and covers no face, or else the best one."""
    size = min(frame.width, frame.height) * _TEXT_SIZE * SIZES[look.size]
    text = "".join(cue.text for cue in cues) + "-"
    widest = round(frame.width * _WIDEST)
    above = _label_bottom(frame) if look.label else 0
    best: tuple[tuple[int, bool], _Block] | None = None
    for share in _SHRUNK:
        face = fonts.choose(text, round(size * share), look.language)
        if missing := face.missing(text):
            raise Unwritable(missing)
        wrapped = [lines_of(parts_of(cue, face, widest), widest) for cue in cues]
        cut = any(_is_cut(lines) for lines in wrapped)
        lines = max(map(len, wrapped))
        height = round((lines * _LEADING + 0.6) * face.size / 2) * 2
        spot = placement.place(height, frame, look.face, look.position, above)
        score = (spot.harm, cut or lines > _MOST_LINES)
        # For the sake of a long word alone, letters do not become small.
        if best is None or (score < best[0] if share >= _LEAST else spot.harm < best[0][0]):
            best = score, _Block(face, wrapped, height, spot.top)
        if score == (0, False):
            break
    assert best is not None  # noqa: S101
    return best[1]


def _is_cut(lines: Sequence[Line]) -> bool:
    """Return whether a line ends within a word."""
    ends = (line[-1].text for line in lines[:-1])
    return any(end.endswith((HYPHEN, BREAK)) for end in ends)


def _moments(cue: Cue, style: str) -> Iterator[tuple[int | None, float, float]]:
    """Which word is heard from when to when; in most styles it does not matter."""
    if style != "words" or not cue.words:
        yield None, cue.start, cue.end
        return
    starts = [cue.start, *(max(word.start, cue.start) for word in cue.words[1:]), cue.end]
    for number in range(len(cue.words)):
        if starts[number + 1] > starts[number]:
            yield number, starts[number], starts[number + 1]


def label(frame: Frame, folder: Path) -> Layer:
    """Draw the label in the upper corner, which some jurisdictions require."""
    from PIL import Image, ImageDraw

    face = fonts.choose(LABEL, _label_size(frame))
    font, pad = face.fonts[0], face.size // 2
    left, top, right, bottom = (round(edge) for edge in font.getbbox(LABEL))
    picture = Image.new("RGBA", (right - left + 2 * pad, bottom - top + 2 * pad), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, picture.width - 1, picture.height - 1), pad, (0, 0, 0, 140))
    pen.text((pad - left, pad - top), LABEL, (255, 255, 255, 230), font)
    path = folder / "label.png"
    picture.save(path)
    margin = round(min(frame.width, frame.height) * _LABEL_MARGIN)
    return Layer(path, margin, margin, {})


def _label_size(frame: Frame) -> int:
    return max(14, round(min(frame.width, frame.height) * _LABEL_SIZE))


def _label_bottom(frame: Frame) -> int:
    return round(min(frame.width, frame.height) * _LABEL_MARGIN + 2.4 * _label_size(frame))


class _Strip:
    """Draw a caption: its lines above each other, the last one at the bottom."""

    def __init__(self, lines: Sequence[Line], face: Typeface, width: int, height: int) -> None:
        self._face = face
        self._size = width, height
        self._rim = max(2, round(face.size * 0.09))
        step, last = round(face.size * _LEADING), height - round(face.size * 0.52)
        self._rows = [
            _Row(line, text, (width - face.getlength(text)) / 2, last - step * above)
            for above, line in enumerate(reversed(lines))
            if (text := line_text(line))
        ]

    def draw(self, style: str, spoken: int | None) -> Image:
        if style == "boxed":
            return self._boxed()
        picture = self._outlined.copy()
        if spoken is not None:
            for row in self._rows:
                self._highlight(picture, row, spoken)
        return picture

    @cached_property
    def _outlined(self) -> Image:
        """Draw white letters with a dark rim and a soft shadow, readable on any background."""
        from PIL import Image, ImageChops, ImageFilter

        shadow = Image.new("L", self._size)
        for row in self._rows:
            self._write(shadow, row.text, (row.left, row.baseline + self._rim / 2), (255, 255))
        dark = ImageChops.multiply(
            shadow.filter(ImageFilter.GaussianBlur(self._rim)), Image.new("L", shadow.size, 190)
        )
        picture = _clear(*self._size)
        picture.putalpha(dark)
        for row in self._rows:
            self._write(picture, row.text, (row.left, row.baseline), (_WHITE, _DARK))
        return picture

    def _boxed(self) -> Image:
        """White letters, each line on a dark plate."""
        from PIL import ImageDraw

        picture = _clear(*self._size)
        pen, size = ImageDraw.Draw(picture), self._face.size
        for row in self._rows:
            left, right = row.left, row.left + self._face.getlength(row.text)
            # The plates of two lines touch without covering each other.
            top, bottom = row.baseline - 0.91 * size, row.baseline + 0.26 * size
            pad = 0.32 * size
            pen.rounded_rectangle((left - pad, top, right + pad, bottom), size * 0.2, _BOX)
        for row in self._rows:
            self._write(picture, row.text, (row.left, row.baseline), (_WHITE, None))
        return picture

    def _highlight(self, picture: Image, row: _Row, spoken: int) -> None:
        """Draw the spoken word again, in colour, over itself."""
        numbers = [at for at, part in enumerate(row.line) if part.word == spoken]
        if not numbers:
            return
        before = joined(row.line[: numbers[0]]) + (" " if row.line[numbers[0]].gap else "")
        word = joined(row.line[numbers[0] : numbers[-1] + 1])
        # A hyphen is seen only where the line ends with it.
        word = shown(word if numbers[-1] == len(row.line) - 1 else word + BREAK)
        begin = self._face.getlength(shown(before + BREAK)) if numbers[0] else 0.0
        if fonts.is_right_to_left(row.text):
            begin = self._face.getlength(row.text) - begin - self._face.getlength(word)
        self._write(picture, word, (row.left + begin, row.baseline), (_SPOKEN, _DARK))

    def _write(
        self, picture: Image, text: str, at: tuple[float, float], inks: tuple[Any, Any]
    ) -> None:
        """Draw a line run by run: first all rims, so that none lies over a letter."""
        from PIL import ImageDraw

        pen = ImageDraw.Draw(picture)
        for ink, rim in ((inks[1], self._rim), (inks[0], 0)):
            x = at[0]
            for run in self._face.runs(text) if ink is not None else ():
                pen.text(
                    (x, at[1]),
                    run.text,
                    ink,
                    run.font,
                    anchor="ls",
                    stroke_width=rim,
                    direction=run.direction,
                )
                x += run.length


def _clear(width: int, height: int) -> Image:
    from PIL import Image

    return Image.new("RGBA", (width, height), (0, 0, 0, 0))


def _framed(
    strips: Sequence[tuple[str, float, float]], rate: Fraction
) -> tuple[tuple[str, int], ...]:
    """Return strips on whole frames, so that no error adds up, with what lies between them."""
    found: list[tuple[str, int]] = []
    so_far = 0
    for name, start, end in strips:
        for picture, until in ((NOTHING, start), (name, end)):
            frames = round(until * rate) - so_far
            if frames > 0:
                found.append((picture, frames))
                so_far += frames
    return tuple(found)


def _listing(strips: Sequence[tuple[str, int]], rate: Fraction) -> str:
    """List strips for ffmpeg's concat demuxer."""
    lines = ["ffconcat version 1.0"]
    for name, frames in strips:
        lines.extend((f"file {name}", f"duration {float(frames / rate):.6f}"))
    lines.append(f"file {NOTHING}")
    return "\n".join(lines) + "\n"
