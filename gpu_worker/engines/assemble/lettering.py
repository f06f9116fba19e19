"""Captions and the label as pictures: drawn here, so that any build of ffmpeg can lay them over."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gpu_worker.engines.assemble import fonts
from gpu_worker.engines.assemble.captions import Cue, is_tight
from gpu_worker.engines.assemble.picture import Frame, Layer

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

LABEL = "AI-generated"
_TEXT_SIZE = 0.068
"""Of the shorter side: 49 pixels of 720, which a telephone shows about 4 mm high."""
_WIDEST = 0.86
_LEADING = 1.18
_ATTEMPTS = 8
"""Numbers of lines to try for lines of equal length, before they are just filled."""


def captions(cues: Sequence[Cue], frame: Frame, rate: Fraction, folder: Path) -> Layer:
    """All cues as one layer: a list of strips, each with the time it is shown."""
    size = round(min(frame.width, frame.height) * _TEXT_SIZE)
    font = fonts.choose("".join(cue.text for cue in cues), size)
    strips = [wrap(cue.text, font, round(frame.width * _WIDEST)) for cue in cues]
    lines = max(len(strip) for strip in strips)
    height = round((lines * _LEADING + 0.6) * size / 2) * 2
    for number, strip in enumerate(strips):
        _strip(strip, font, frame.width, height).save(folder / f"caption-{number:04}.png")
    _clear(frame.width, height).save(folder / "caption-none.png")
    listing = folder / "captions.ffconcat"
    listing.write_text(_listing(cues, rate), "utf-8")
    rates = {"f": "concat", "safe": 0}
    return Layer(listing, 0, _bottom(frame) - height, rates)


def label(frame: Frame, folder: Path) -> Layer:
    """The visible mark that some places ask for, in the upper corner."""
    from PIL import Image, ImageDraw

    size = max(14, round(min(frame.width, frame.height) * 0.034))
    font = fonts.choose(LABEL, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(LABEL))
    pad = size // 2
    picture = Image.new("RGBA", (right - left + 2 * pad, bottom - top + 2 * pad), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, picture.width - 1, picture.height - 1), pad, (0, 0, 0, 140))
    pen.text((pad - left, pad - top), LABEL, (255, 255, 255, 230), font)
    path = folder / "label.png"
    picture.save(path)
    margin = round(min(frame.width, frame.height) * 0.04)
    return Layer(path, margin, margin, {})


def wrap(text: str, font: FreeTypeFont, widest: int) -> list[str]:
    """Lines that fit, as equal as can be; text without spaces is cut between letters."""
    total = font.getlength(text)
    if " " not in text and total <= widest:
        return [text]
    pieces = _pieces(text, font)
    count = max(1, -(-round(total) // widest))
    for most in range(count, min(count + _ATTEMPTS, len(pieces))):
        lines = _lines(pieces, total / most, widest)
        if len(lines) <= most:
            return lines
    return _lines(pieces, widest, widest)


class _Piece(NamedTuple):
    """What stays together on a line; widths are measured once, so that wrapping is linear."""

    text: str
    width: float
    gap: float
    """Width of the space before it, unless it begins a line."""


def _pieces(text: str, font: FreeTypeFont) -> list[_Piece]:
    if " " not in text:
        return [_Piece(letter, font.getlength(letter), 0) for letter in text]
    space = font.getlength(" ")
    before, pieces = "", []
    for word in text.split():
        gap = 0 if is_tight(before, word) else space
        pieces.append(_Piece(word, font.getlength(word), gap))
        before = word
    return pieces


def _lines(pieces: Sequence[_Piece], fair: float, widest: int) -> list[str]:
    lines: list[list[str]] = [[]]
    begun = 0.0
    for piece in pieces:
        wider = begun + piece.gap + piece.width
        if lines[-1] and (wider > widest or begun >= fair or wider - fair > fair - begun):
            lines.append([])
        if lines[-1]:
            lines[-1].append(" " if piece.gap else "")
        begun = wider if lines[-1] else piece.width
        lines[-1].append(piece.text)
    return list(map("".join, lines))


def _strip(lines: Sequence[str], font: FreeTypeFont, width: int, height: int) -> Image:
    """White letters with a dark rim and a soft shadow: readable on any ground."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    size = font.size
    rim = max(2, round(size * 0.09))
    text = "\n".join(lines)
    place = (width / 2, height - size * 0.3)
    style: dict[str, Any] = {
        "font": font,
        "anchor": "md",
        "align": "center",
        "spacing": size * (_LEADING - 1),
    }
    shadow = Image.new("L", (width, height))
    ImageDraw.Draw(shadow).multiline_text(
        (place[0], place[1] + rim / 2), text, 255, stroke_width=rim, **style
    )
    dark = ImageChops.multiply(
        shadow.filter(ImageFilter.GaussianBlur(rim)), Image.new("L", shadow.size, 190)
    )
    picture = _clear(width, height)
    picture.putalpha(dark)
    ImageDraw.Draw(picture).multiline_text(
        place, text, (255, 255, 255, 255), stroke_width=rim, stroke_fill=(12, 12, 14, 255), **style
    )
    return picture


def _clear(width: int, height: int) -> Image:
    from PIL import Image

    return Image.new("RGBA", (width, height), (0, 0, 0, 0))


def _bottom(frame: Frame) -> int:
    """Above what players and short-video platforms lay over the lower edge."""
    upright = frame.height > frame.width * 1.2
    return round(frame.height * (0.80 if upright else 0.94) / 2) * 2


def _listing(cues: Sequence[Cue], rate: Fraction) -> str:
    """Strips for ffmpeg's concat demuxer, on whole frames so that no error adds up."""
    lines = ["ffconcat version 1.0"]
    shown = 0

    def show(name: str, until: float) -> None:
        nonlocal shown
        frames = round(until * rate) - shown
        if frames > 0:
            lines.extend((f"file {name}", f"duration {float(frames / rate):.6f}"))
            shown += frames

    for number, cue in enumerate(cues):
        show("caption-none.png", cue.start)
        show(f"caption-{number:04}.png", cue.end)
    lines.append("file caption-none.png")
    return "\n".join(lines) + "\n"
